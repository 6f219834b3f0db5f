# Third-party libraries, all from Debian's packages (scripts/install-dependencies lists them).
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(fmt REQUIRED)
find_package(date REQUIRED)

# RocksDB's package ships no reliable CMake file for the shared library on Debian 12.
find_library(SLUICE_ROCKSDB rocksdb REQUIRED)
find_library(SLUICE_XXHASH xxhash REQUIRED)
find_library(SLUICE_ZSTD zstd REQUIRED)
find_library(SLUICE_JEMALLOC jemalloc REQUIRED)
find_library(SLUICE_SIMDJSON simdjson REQUIRED)
