#include "server/binary_parameters.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/sql_error.h"
#include "types/field_type.h"

namespace sluice::server {
namespace {

using types::TypeCode;
using types::Value;

constexpr std::uint16_t kUnsigned = 0x8000;

/// NULL bitmap of one byte, new types, values.
std::string payload(std::uint8_t nulls, std::initializer_list<std::pair<TypeCode, std::uint16_t>> types,
                    std::string_view values) {
  std::string out;
  append_int1(out, nulls);
  append_int1(out, 1);
  for (const auto& [code, flags] : types)
    append_int2(out, static_cast<std::uint16_t>(static_cast<std::uint8_t>(code) | flags));
  return out.append(values);
}

std::vector<session::BoundParameter> read(std::string_view text, std::uint16_t count, StatementBinding& binding) {
  PayloadReader reader(text);
  return read_parameters(reader, count, binding);
}

Value read_one(TypeCode code, std::uint16_t flags, std::string_view bytes) {
  StatementBinding binding;
  return read(payload(0, {{code, flags}}, bytes), 1, binding).at(0).value;
}

int error_of(std::string_view text, std::uint16_t count) {
  StatementBinding binding;
  try {
    read(text, count, binding);
  } catch (const SqlError& error) {
    return error.number();
  }
  return 0;
}

TEST(BinaryParameters, IntegersKeepSignAndWidth) {
  EXPECT_EQ(read_one(TypeCode::kTiny, 0, "\xff").as_int64(), -1);
  EXPECT_EQ(read_one(TypeCode::kTiny, kUnsigned, "\xff").as_uint64(), 255u);
  EXPECT_EQ(read_one(TypeCode::kShort, 0, std::string_view("\x00\x80", 2)).as_int64(), -32768);
  EXPECT_EQ(read_one(TypeCode::kShort, kUnsigned, std::string_view("\x00\x80", 2)).as_uint64(), 32768u);
  EXPECT_EQ(read_one(TypeCode::kLong, 0, "\xff\xff\xff\xff").as_int64(), -1);
  EXPECT_EQ(read_one(TypeCode::kLong, kUnsigned, "\xff\xff\xff\xff").as_uint64(), 4294967295u);
  EXPECT_EQ(read_one(TypeCode::kLongLong, 0, "\xff\xff\xff\xff\xff\xff\xff\xff").as_int64(), -1);
  EXPECT_EQ(read_one(TypeCode::kLongLong, kUnsigned, "\xff\xff\xff\xff\xff\xff\xff\xff").as_uint64(), UINT64_MAX);
}

TEST(BinaryParameters, FloatsStringsAndNulls) {
  const double number = -2.5;
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &number, 8);
  EXPECT_EQ(read_one(TypeCode::kDouble, 0, bytes).as_double(), -2.5);
  const float half = 0.5f;
  std::memcpy(bytes.data(), &half, 4);
  EXPECT_EQ(read_one(TypeCode::kFloat, 0, bytes.substr(0, 4)).as_double(), 0.5);
  EXPECT_EQ(read_one(TypeCode::kVarString, 0, "\x05hello").as_string(), "hello");
  EXPECT_EQ(read_one(TypeCode::kBlob, 0, std::string_view("\x02\x00z", 3)).as_string(), std::string_view("\0z", 2));
  StatementBinding binding;
  const auto parameters = read(payload(0b10, {{TypeCode::kTiny, 0}, {TypeCode::kVarString, 0}}, "\x07"), 2, binding);
  EXPECT_EQ(parameters.at(0).value.as_int64(), 7);
  EXPECT_TRUE(parameters.at(1).value.is_null());
}

TEST(BinaryParameters, TimesOfEveryLength) {
  EXPECT_EQ(read_one(TypeCode::kDatetime, 0, std::string_view("\x00", 1)).kind(), Value::Kind::kTime);
  EXPECT_EQ(read_one(TypeCode::kDate, 0, "\x04\xe8\x07\x02\x1d").kind(), Value::Kind::kTime);
  EXPECT_EQ(read_one(TypeCode::kDatetime, 0, "\x07\xe8\x07\x02\x1d\x17\x3b\x3b").kind(), Value::Kind::kTime);
  EXPECT_EQ(read_one(TypeCode::kTimestamp, 0, std::string_view("\x0b\xe8\x07\x02\x1d\x17\x3b\x3b\x3f\x42\x0f\x00", 12))
                .kind(),
            Value::Kind::kTime);
  EXPECT_EQ(read_one(TypeCode::kDuration, 0, std::string_view("\x00", 1)).kind(), Value::Kind::kDuration);
  EXPECT_EQ(read_one(TypeCode::kDuration, 0, std::string_view("\x08\x01\x02\x00\x00\x00\x03\x04\x05", 9)).kind(),
            Value::Kind::kDuration);
}

TEST(BinaryParameters, TypesAreKeptForTheNextExecution) {
  StatementBinding binding;
  read(payload(0, {{TypeCode::kTiny, 0}}, "\x01"), 1, binding);
  const std::string again("\x00\x00\x02", 3);
  EXPECT_EQ(read(again, 1, binding).at(0).value.as_int64(), 2);
  EXPECT_EQ(error_of(again, 1), 1210);
}

TEST(BinaryParameters, LongDataStandsForItsParameterOnce) {
  StatementBinding binding;
  binding.long_data[0] = "sent before";
  EXPECT_EQ(read(payload(0, {{TypeCode::kBlob, 0}}, ""), 1, binding).at(0).value.as_string(), "sent before");
  EXPECT_TRUE(binding.long_data.empty());
}

TEST(BinaryParameters, EveryCutOfAPayloadIsRefused) {
  const std::string whole =
      payload(0, {{TypeCode::kLong, 0}, {TypeCode::kDatetime, 0}, {TypeCode::kVarString, 0}, {TypeCode::kDuration, 0}},
              std::string("\x01\x00\x00\x00", 4) + "\x04\xe8\x07\x02\x1d" +
                  "\x03"
                  "abc" +
                  std::string("\x08\x00\x02\x00\x00\x00\x03\x04\x05", 9));
  EXPECT_EQ(error_of(whole, 4), 0);
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_NE(error_of(std::string_view(whole).substr(0, cut), 4), 0) << cut;
}

TEST(BinaryParameters, DatesAndTimesThatThereAreNotAreRefused) {
  const auto error = [](TypeCode code, std::string_view bytes) { return error_of(payload(0, {{code, 0}}, bytes), 1); };
  EXPECT_EQ(error(TypeCode::kDatetime, "\x04\xe8\x07\x0d\x01"), 1292);              // month 13
  EXPECT_EQ(error(TypeCode::kDatetime, "\x04\x10\x27\x01\x01"), 1292);              // year 10000
  EXPECT_EQ(error(TypeCode::kDatetime, "\x07\xe8\x07\x02\x1d\x18\x01\x01"), 1292);  // hour 24
  EXPECT_EQ(error(TypeCode::kDatetime, "\x0b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 1292);
  EXPECT_EQ(error(TypeCode::kDuration, std::string_view("\x08\x00\x00\x00\x00\x00\x01\x3c\x01", 9)),
            1292);  // minute 60
  EXPECT_EQ(error(TypeCode::kDuration, "\x0c\x01\xff\xff\xff\xff\x01\x01\x01\xff\xff\xff\xff"), 1292);
  EXPECT_EQ(read_one(TypeCode::kDuration, 0, "\x08\x01\xff\xff\xff\xff\x01\x01\x01").as_duration().nanoseconds,
            -types::Duration::kMaxNanoseconds);
  EXPECT_EQ(read_one(TypeCode::kDuration, 0, std::string_view("\x08\x00\x22\x00\x00\x00\x16\x3b\x3b", 9))
                .as_duration()
                .nanoseconds,
            types::Duration::kMaxNanoseconds);
}

}  // namespace
}  // namespace sluice::server
