#include "codec/datum.h"

#include <gtest/gtest.h>

#include "codec/hex_testing.h"
#include "types/collation.h"
#include "types/time_parse.h"
#include "types/time_zone.h"

namespace sluice::codec {
namespace {

using types::Decimal;
using types::Duration;
using types::FieldType;
using types::Time;
using types::TypeCode;
using types::Value;

FieldType text_type(TypeCode code, const char* collation) {
  FieldType type = FieldType::of(code);
  type.collation = types::find_collation(collation);
  return type;
}

std::string key(const Value& value, const FieldType& type, const types::TimeZone* zone = nullptr) {
  std::string out;
  append_key_datum(value, type, zone, out);
  return hex(out);
}

TEST(Datum, ValuesHaveTheirKeyBytes) {
  EXPECT_EQ(key(Value(), FieldType::bigint()), "00");
  EXPECT_EQ(key(Value(7), FieldType::bigint()), "038000000000000007");
  EXPECT_EQ(key(Value(std::uint64_t{7}), FieldType::bigint_unsigned()), "040000000000000007");
  EXPECT_EQ(key(Value(1.5), FieldType::double_precision()), "05bff8000000000000");
  EXPECT_EQ(key(Value(Decimal::parse("1234567890.1234")), FieldType::decimal(14, 4)), "060e04810dfb38d204d2");
  EXPECT_EQ(key(Value(Decimal::parse("1.50")), FieldType::decimal(10, 2)), "060a028000000132");
  EXPECT_EQ(key(Value(Decimal::parse("-1.50")), FieldType::decimal(10, 2)), "060a027ffffffecd");
  EXPECT_EQ(key(Value("abc"), text_type(TypeCode::kVarchar, "utf8mb4_bin")), "016162630000000000fa");
  EXPECT_EQ(key(Value("abc  "), text_type(TypeCode::kVarchar, "utf8mb4_bin")), "016162630000000000fa");
  EXPECT_EQ(key(Value("ab"), text_type(TypeCode::kVarchar, "utf8mb4_general_ci")), "010041004200000000fb");
  EXPECT_EQ(key(Value("abc "), FieldType::varbinary(10)), "016162632000000000fb");
}

TEST(Datum, TimesHaveTheirKeyBytes) {
  const Time time = Time::from_parts({2024, 10, 30, 10, 14, 27, 0});
  EXPECT_EQ(key(Value(time), FieldType::datetime(0)), "0419b4bca39b000000");
  EXPECT_EQ(key(Value(Time::from_date(2024, 10, 30)), FieldType::date()), "0419b4bc0000000000");
  EXPECT_EQ(key(Value(Duration::from_parts(true, 1, 2, 3, 0)), FieldType::time(0)), "077ffffc9d2be85200");
  EXPECT_EQ(key(Value(Duration::from_parts(false, 1, 0, 0, 0)), FieldType::time(0)), "078000034630b8a000");
}

TEST(Datum, TimestampsAreStoredInUtc) {
  const types::TimeZone* zone = types::find_time_zone("+08:00");
  const Time local = Time::from_parts({2024, 10, 30, 18, 14, 27, 0});
  EXPECT_EQ(key(Value(local), FieldType::timestamp(0), zone), "0419b4bca39b000000");
  const std::string bytes = unhex("0419b4bca39b000000");
  std::string_view in = bytes;
  Value back;
  ASSERT_TRUE(decode_key_datum(in, FieldType::timestamp(0), zone, back));
  EXPECT_EQ(back, Value(local));
}

TEST(Datum, EveryKindIsReadBack) {
  const std::pair<Value, FieldType> cases[] = {
      {Value(), FieldType::bigint()},
      {Value(-7), FieldType::bigint()},
      {Value(std::uint64_t{1} << 63), FieldType::bigint_unsigned()},
      {Value(-2.25), FieldType::double_precision()},
      {Value(Decimal::parse("-12.34")), FieldType::decimal(10, 2)},
      {Value("x\0y"), FieldType::varbinary(10)},
      {Value(Time::from_date(2024, 2, 29)), FieldType::date()},
      {Value(Duration{-5}), FieldType::time(6)},
  };
  for (const auto& [value, type] : cases) {
    std::string bytes;
    append_key_datum(value, type, nullptr, bytes);
    bytes += "rest";
    std::string_view in = bytes;
    Value back;
    ASSERT_TRUE(decode_key_datum(in, type, nullptr, back)) << type.to_string();
    EXPECT_EQ(back, value) << type.to_string();
    EXPECT_EQ(in, "rest");
    in = bytes;
    std::string_view datum;
    ASSERT_TRUE(skip_key_datum(in, &datum));
    EXPECT_EQ(datum.size(), bytes.size() - 4);
  }
}

TEST(Datum, WrongTypesAndShortBytesAreRefused) {
  Value back;
  const std::string integer = unhex("038000000000000007");
  std::string_view in = integer;
  EXPECT_FALSE(decode_key_datum(in, FieldType::varbinary(1), nullptr, back));
  in = std::string_view(integer).substr(0, 5);
  EXPECT_FALSE(decode_key_datum(in, FieldType::bigint(), nullptr, back));
  in = "";
  EXPECT_FALSE(skip_key_datum(in));
  in = "\x42";
  EXPECT_FALSE(skip_key_datum(in));
}

TEST(Datum, RestoredDataIsNeededWhereTheKeyLosesTheText) {
  EXPECT_FALSE(needs_restored_data(FieldType::bigint()));
  EXPECT_FALSE(needs_restored_data(FieldType::varbinary(10)));
  EXPECT_TRUE(needs_restored_data(text_type(TypeCode::kVarchar, "utf8mb4_bin")));
  EXPECT_FALSE(needs_restored_data(text_type(TypeCode::kString, "utf8mb4_bin")));
  EXPECT_TRUE(needs_restored_data(text_type(TypeCode::kString, "utf8mb4_general_ci")));
}

TEST(Datum, PrefixColumnsAreCutToCharacters) {
  EXPECT_EQ(index_prefix_of("h\xc3\xa9llo", text_type(TypeCode::kVarchar, "utf8mb4_bin"), 2), "h\xc3\xa9");
  EXPECT_EQ(index_prefix_of("hello", FieldType::varbinary(10), 2), "he");
  EXPECT_EQ(index_prefix_of("hello", FieldType::varbinary(10), -1), "hello");
  EXPECT_EQ(index_prefix_of("he", FieldType::varbinary(10), 5), "he");
}

}  // namespace
}  // namespace sluice::codec
