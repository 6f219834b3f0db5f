// UUIDs, internet addresses, TSO timestamps, human-readable sizes and other single functions.
#include <arpa/inet.h>
#include <openssl/evp.h>

#include <array>
#include <atomic>
#include <cstring>
#include <memory>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "expression/function_families.h"
#include "expression/text_kernel.h"
#include "types/number_text.h"
#include "types/time.h"
#include "types/time_zone.h"

namespace sluice::expression {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const char lower = static_cast<char>(digit | 32);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

using UuidBytes = std::array<unsigned char, 16>;

/// Appends the form with dashes: 8-4-4-4-12 digits.
void append_uuid(const UuidBytes& uuid, std::string& out) {
  for (std::size_t index = 0; index < uuid.size(); ++index) {
    if (index == 4 || index == 6 || index == 8 || index == 10) out.push_back('-');
    out.push_back(kHexDigits[uuid[index] >> 4]);
    out.push_back(kHexDigits[uuid[index] & 15]);
  }
}

/// Reads 32 digits, 8-4-4-4-12 digits with dashes, or these in braces.
std::optional<UuidBytes> parse_uuid(std::string_view text) {
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  const bool has_dashes = text.size() == 36;
  if (!has_dashes && text.size() != 32) return std::nullopt;
  UuidBytes uuid;
  std::size_t position = 0;
  for (std::size_t index = 0; index < uuid.size(); ++index) {
    const bool is_group_end = index == 4 || index == 6 || index == 8 || index == 10;
    if (has_dashes && is_group_end && text[position++] != '-') return std::nullopt;
    const int high = hex_value(text[position]);
    const int low = hex_value(text[position + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid[index] = static_cast<unsigned char>(high << 4 | low);
    position += 2;
  }
  return uuid;
}

/// A version 1 UUID (RFC 4122, section 4.2): time in steps of 100 ns, never twice the same in this process; node and
/// sequence are random.
UuidBytes make_uuid() {
  static std::atomic<std::uint64_t> last_time{0};
  static const std::uint64_t node = new_seed();
  static const std::uint64_t sequence = new_seed();
  constexpr std::uint64_t kGregorianOffset = 0x01B21DD213814000ULL;
  const std::uint64_t now = static_cast<std::uint64_t>(clock().system_now_us()) * 10 + kGregorianOffset;
  std::uint64_t previous = last_time.load();
  std::uint64_t time;
  do {
    time = std::max(now, previous + 1);
  } while (!last_time.compare_exchange_weak(previous, time));
  UuidBytes uuid;
  const auto put = [&](std::size_t offset, std::uint64_t value, std::size_t byte_count) {
    for (std::size_t index = 0; index < byte_count; ++index)
      uuid[offset + index] = static_cast<unsigned char>(value >> 8 * (byte_count - 1 - index));
  };
  put(0, time & 0xFFFFFFFF, 4);
  put(4, time >> 32 & 0xFFFF, 2);
  put(6, (time >> 48 & 0x0FFF) | 0x1000, 2);
  put(8, (sequence & 0x3FFF) | 0x8000, 2);
  // The multicast bit marks a node that is no hardware address.
  put(10, node | std::uint64_t{1} << 40, 6);
  return uuid;
}

void run_uuid(const KernelCall& call) {
  std::string text;
  vector::for_each_row(call.rows, [&](std::size_t row) {
    text.clear();
    append_uuid(make_uuid(), text);
    call.out.set_string(row, text);
  });
}

void run_uuid_short(const KernelCall& call) {
  static std::atomic<std::uint64_t> next{
      static_cast<std::uint64_t>(clock().system_now_us() / types::kMicrosecondsPerSecond) << 24};
  std::uint64_t* out = call.results<std::uint64_t>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) { out[row] = next.fetch_add(1); });
}

bool is_uuid(std::string_view text) { return parse_uuid(text).has_value(); }

/// Order of the bytes when UUID_TO_BIN swaps the time: high and middle part first, so that values ascend.
constexpr std::size_t kSwappedOrder[16] = {6, 7, 4, 5, 0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15};

bool uuid_to_bin_swapped(TextResult& result, std::string_view text, std::int64_t swap) {
  const std::optional<UuidBytes> uuid = parse_uuid(text);
  if (!uuid) throw SqlError(ErrorCode::kWrongValueForType, "string", text, "uuid_to_bin");
  for (std::size_t index = 0; index < uuid->size(); ++index)
    result.out.push_back(static_cast<char>((*uuid)[swap != 0 ? kSwappedOrder[index] : index]));
  return true;
}
bool uuid_to_bin(TextResult& result, std::string_view text) { return uuid_to_bin_swapped(result, text, 0); }

bool bin_to_uuid_swapped(TextResult& result, std::string_view bytes, std::int64_t swap) {
  if (bytes.size() != 16) throw SqlError(ErrorCode::kWrongValueForType, "string", bytes, "bin_to_uuid");
  UuidBytes uuid;
  for (std::size_t index = 0; index < uuid.size(); ++index) {
    uuid[swap != 0 ? kSwappedOrder[index] : index] = static_cast<unsigned char>(bytes[index]);
  }
  append_uuid(uuid, result.out);
  return true;
}
bool bin_to_uuid(TextResult& result, std::string_view bytes) { return bin_to_uuid_swapped(result, bytes, 0); }

/// "a.b.c.d", and the short forms "a", "a.d", "a.b.d" with zeros between.
std::optional<std::int64_t> inet_aton(std::string_view text) {
  std::array<std::int64_t, 4> parts{};
  std::size_t count = 0;
  bool has_digit = false;
  for (const char character : text) {
    if (character == '.') {
      if (!has_digit || ++count == parts.size()) return std::nullopt;
      has_digit = false;
      continue;
    }
    if (character < '0' || character > '9') return std::nullopt;
    parts[count] = parts[count] * 10 + (character - '0');
    if (parts[count] > 255) return std::nullopt;
    has_digit = true;
  }
  if (!has_digit) return std::nullopt;
  std::int64_t address = parts[count];
  for (std::size_t index = 0; index < count; ++index) address += parts[index] << (24 - 8 * index);
  return address;
}

bool inet_ntoa(TextResult& result, std::int64_t address) {
  if (address < 0 || address > 0xFFFFFFFFLL) return false;
  for (int shift = 24; shift >= 0; shift -= 8) {
    types::append_int64(address >> shift & 255, result.out);
    if (shift != 0) result.out.push_back('.');
  }
  return true;
}

/// Text of an address as bytes in network order; nothing if it is none.
std::optional<std::string> parse_address(int family, std::string_view text) {
  unsigned char bytes[16];
  if (inet_pton(family, std::string(text).c_str(), bytes) != 1) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes), family == AF_INET ? 4 : 16);
}

bool inet6_aton(TextResult& result, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return false;
  std::optional<std::string> address = parse_address(AF_INET, text);
  if (!address) address = parse_address(AF_INET6, text);
  if (!address) return false;
  result.out = *address;
  return true;
}

bool inet6_ntoa(TextResult& result, std::string_view bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return false;
  char text[INET6_ADDRSTRLEN];
  if (inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof(text)) == nullptr) return false;
  result.out = text;
  return true;
}

constexpr std::string_view kMappedPrefix("\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12);
constexpr std::string_view kCompatPrefix("\0\0\0\0\0\0\0\0\0\0\0\0", 12);

// These answer 0 for NULL.
template <class Test>
void run_test(const KernelCall& call, Test test) {
  std::int64_t* out = call.results<std::int64_t>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) {
    out[row] = !call.args[0]->is_null(row) && test(call.args[0]->string_at(row)) ? 1 : 0;
  });
}
void run_is_ipv4(const KernelCall& call) {
  run_test(call, [](std::string_view text) { return parse_address(AF_INET, text).has_value(); });
}
void run_is_ipv6(const KernelCall& call) {
  run_test(call, [](std::string_view text) { return parse_address(AF_INET6, text).has_value(); });
}
void run_is_ipv4_mapped(const KernelCall& call) {
  run_test(call, [](std::string_view bytes) { return bytes.size() == 16 && bytes.starts_with(kMappedPrefix); });
}
void run_is_ipv4_compat(const KernelCall& call) {
  // :: and ::1 are addresses of their own.
  run_test(call, [](std::string_view bytes) {
    return bytes.size() == 16 && bytes.starts_with(kCompatPrefix) && bytes.substr(12) > std::string_view("\0\0\0\1", 4);
  });
}

/// A step of units: from `scale` on, shown as value / scale.
struct HumanUnit {
  double scale;
  std::string_view name;
};

/// Three digits after the point for counts of the smallest unit are dropped; the others show two.
template <std::size_t kCount>
void append_human(double value, const std::array<HumanUnit, kCount>& units, std::string& out) {
  const double magnitude = value < 0 ? -value : value;
  for (const HumanUnit& unit : units) {
    const bool is_smallest = &unit == &units.back();
    if (magnitude < unit.scale && !is_smallest) continue;
    types::append_double_fixed(value / unit.scale, is_smallest ? 0 : 2, out);
    out.push_back(' ');
    out.append(unit.name);
    return;
  }
}

bool format_bytes(TextResult& result, double count) {
  static constexpr std::array<HumanUnit, 7> kUnits = {{{0x1p60, "EiB"},
                                                       {0x1p50, "PiB"},
                                                       {0x1p40, "TiB"},
                                                       {0x1p30, "GiB"},
                                                       {0x1p20, "MiB"},
                                                       {0x1p10, "KiB"},
                                                       {1, "bytes"}}};
  append_human(count, kUnits, result.out);
  return true;
}

bool format_nano_time(TextResult& result, double count) {
  static constexpr std::array<HumanUnit, 7> kUnits = {
      {{86400e9, "d"}, {3600e9, "h"}, {60e9, "min"}, {1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}}};
  append_human(count, kUnits, result.out);
  return true;
}

constexpr unsigned kTsoLogicalBits = 18;

std::optional<types::Time> tidb_parse_tso(RowContext& context, std::int64_t tso) {
  if (tso <= 0) return std::nullopt;
  const std::int64_t utc_us = (tso >> kTsoLogicalBits) * 1000;
  const types::TimeZone* zone =
      context.context.time_zone == nullptr ? types::TimeZone::utc() : context.context.time_zone;
  const std::int64_t offset_seconds = zone->offset_at_utc(utc_us / types::kMicrosecondsPerSecond);
  return types::time_from_wall_microseconds(utc_us + offset_seconds * types::kMicrosecondsPerSecond);
}

std::optional<std::int64_t> tidb_parse_tso_logical(std::int64_t tso) {
  if (tso <= 0) return std::nullopt;
  return tso & ((std::int64_t{1} << kTsoLogicalBits) - 1);
}

/// The number encrypted by DES under the zero key, as Vitess shards. Three-key DES with equal keys is single DES.
std::uint64_t vitess_hash(std::uint64_t value) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher(EVP_CIPHER_CTX_new(),
                                                                               &EVP_CIPHER_CTX_free);
  constexpr unsigned char kZeroKey[24] = {};
  unsigned char block[8];
  for (int index = 0; index < 8; ++index) block[index] = static_cast<unsigned char>(value >> (56 - 8 * index));
  unsigned char encrypted[16];
  int written = 0;
  const bool done = EVP_EncryptInit_ex(cipher.get(), EVP_des_ede3_ecb(), nullptr, kZeroKey, nullptr) == 1 &&
                    EVP_EncryptUpdate(cipher.get(), encrypted, &written, block, sizeof(block)) == 1 &&
                    written == sizeof(block);
  SLUICE_CHECK(done, "OpenSSL has no DES");
  std::uint64_t hash = 0;
  for (int index = 0; index < 8; ++index) hash = hash << 8 | encrypted[index];
  return hash;
}

std::uint64_t tidb_shard(std::uint64_t value) {
  constexpr std::uint64_t kShardCount = 256;
  return vitess_hash(value) % kShardCount;
}

void run_null(const KernelCall& call) {
  vector::for_each_row(call.rows, [&](std::size_t row) { call.out.set_null(row); });
}

void bind_uuid(FunctionBinder& binder) {
  binder.set_connection_string_result(36);
  binder.set_kernel(run_uuid);
}

void bind_uuid_short(FunctionBinder& binder) {
  binder.set_result(uint_type());
  binder.set_kernel(run_uuid_short);
}

template <Kernel kKernel>
void bind_text_test(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_result(bool_type());
  binder.set_kernel(kKernel);
}

void bind_uuid_to_bin(FunctionBinder& binder) {
  binder.cast_to_string(0);
  if (binder.argument_count() == 2) binder.cast_to_int(1);
  binder.set_result(binary_string_type(16));
  binder.set_kernel(binder.argument_count() == 1 ? text_kernel<&uuid_to_bin> : text_kernel<&uuid_to_bin_swapped>);
}

void bind_bin_to_uuid(FunctionBinder& binder) {
  binder.cast_to_string(0);
  if (binder.argument_count() == 2) binder.cast_to_int(1);
  binder.set_connection_string_result(36);
  binder.set_kernel(binder.argument_count() == 1 ? text_kernel<&bin_to_uuid> : text_kernel<&bin_to_uuid_swapped>);
}

void bind_inet_aton(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_result(int_type(21));
  binder.set_kernel(row_kernel<&inet_aton>);
}

void bind_inet_ntoa(FunctionBinder& binder) {
  binder.cast_to_int(0);
  binder.set_connection_string_result(93);
  binder.set_kernel(text_kernel<&inet_ntoa>);
}

void bind_inet6_aton(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_result(binary_string_type(16));
  binder.set_kernel(text_kernel<&inet6_aton>);
}

void bind_inet6_ntoa(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_connection_string_result(117);
  binder.set_kernel(text_kernel<&inet6_ntoa>);
}

template <Kernel kKernel>
void bind_human(FunctionBinder& binder) {
  binder.cast_to_double(0);
  binder.set_connection_string_result(20);
  binder.set_kernel(kKernel);
}

void bind_parse_tso(FunctionBinder& binder) {
  binder.cast_to_int(0);
  binder.set_result(datetime_type(6));
  binder.set_kernel(row_kernel<&tidb_parse_tso>);
}

void bind_parse_tso_logical(FunctionBinder& binder) {
  binder.cast_to_int(0);
  binder.set_result(int_type());
  binder.set_kernel(row_kernel<&tidb_parse_tso_logical>);
}

template <Kernel kKernel>
void bind_number_hash(FunctionBinder& binder) {
  binder.cast_to_uint(0);
  binder.set_result(uint_type());
  binder.set_kernel(kKernel);
}

/// Files of the server are not readable through SQL.
void bind_load_file(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.set_connection_string_result(-1);
  binder.set_kernel(run_null);
}

void bind_name_const(FunctionBinder& binder) { binder.replace_call(binder.argument(1)); }
void bind_any_value(FunctionBinder& binder) { binder.replace_call(binder.argument(0)); }

constexpr FunctionDefinition kMiscFunctions[] = {
    {"uuid", 0, 0, kNonDeterministic, bind_uuid},
    {"uuid_short", 0, 0, kNonDeterministic, bind_uuid_short},
    {"is_uuid", 1, 1, kPlainFunction, bind_text_test<row_kernel<&is_uuid>>},
    {"uuid_to_bin", 1, 2, kPlainFunction, bind_uuid_to_bin},
    {"bin_to_uuid", 1, 2, kPlainFunction, bind_bin_to_uuid},
    {"inet_aton", 1, 1, kPlainFunction, bind_inet_aton},
    {"inet_ntoa", 1, 1, kPlainFunction, bind_inet_ntoa},
    {"inet6_aton", 1, 1, kPlainFunction, bind_inet6_aton},
    {"inet6_ntoa", 1, 1, kPlainFunction, bind_inet6_ntoa},
    {"is_ipv4", 1, 1, kPlainFunction, bind_text_test<run_is_ipv4>},
    {"is_ipv6", 1, 1, kPlainFunction, bind_text_test<run_is_ipv6>},
    {"is_ipv4_compat", 1, 1, kPlainFunction, bind_text_test<run_is_ipv4_compat>},
    {"is_ipv4_mapped", 1, 1, kPlainFunction, bind_text_test<run_is_ipv4_mapped>},
    {"format_bytes", 1, 1, kPlainFunction, bind_human<text_kernel<&format_bytes>>},
    {"format_nano_time", 1, 1, kPlainFunction, bind_human<text_kernel<&format_nano_time>>},
    {"tidb_parse_tso", 1, 1, kPlainFunction, bind_parse_tso},
    {"tidb_parse_tso_logical", 1, 1, kPlainFunction, bind_parse_tso_logical},
    {"vitess_hash", 1, 1, kPlainFunction, bind_number_hash<row_kernel<&vitess_hash>>},
    {"tidb_shard", 1, 1, kPlainFunction, bind_number_hash<row_kernel<&tidb_shard>>},
    {"load_file", 1, 1, kPlainFunction, bind_load_file},
    {"name_const", 2, 2, kPlainFunction, bind_name_const},
    {"any_value", 1, 1, kPlainFunction, bind_any_value},
};

}  // namespace

std::span<const FunctionDefinition> misc_functions() { return kMiscFunctions; }

}  // namespace sluice::expression
