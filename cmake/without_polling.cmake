# For measuring what polling costs (bench/README.md): a server whose polls are empty, so that nothing but waits can be stopped. The
# sources know nothing of it; a copy of the token's header, without the body of poll(), is found before theirs.
file(READ ${CMAKE_SOURCE_DIR}/src/base/stop_token.h stop_token_header)
string(REGEX REPLACE "void poll\\(\\) const {[^}]*}" "void poll() const {}" stop_token_header "${stop_token_header}")
if(NOT stop_token_header MATCHES "void poll\\(\\) const {}")
  message(FATAL_ERROR "src/base/stop_token.h has no poll() that could be emptied")
endif()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/without_polling/base/stop_token.h CONTENT "${stop_token_header}" @ONLY)
include_directories(BEFORE ${CMAKE_BINARY_DIR}/without_polling)
