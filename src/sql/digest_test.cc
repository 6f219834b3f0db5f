#include "sql/digest.h"

#include <gtest/gtest.h>

namespace sluice::sql {
namespace {

struct NormalCase {
  const char* input;
  const char* expected;
};
class Normalize : public testing::TestWithParam<NormalCase> {};

TEST_P(Normalize, FoldsLiteralsAndLists) { EXPECT_EQ(normalize(GetParam().input), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Statements, Normalize,
    testing::Values(NormalCase{"SELECT * FROM t WHERE id = 1", "select * from `t` where `id` = ?"},
                    NormalCase{"select a from b where id in (1, 3, '3')", "select `a` from `b` where `id` in ( ... )"},
                    NormalCase{"select a from b where id in (1, a, 4)",
                               "select `a` from `b` where `id` in ( ? , `a` , ? )"},
                    NormalCase{"select 1 from b order by 2", "select ? from `b` order by 2"},
                    NormalCase{"select a from b group by 1, 2", "select `a` from `b` group by 1 , 2"},
                    NormalCase{"select /*+ hint() */ -1 + - 2 - b", "select ? + ? - `b`"},
                    NormalCase{"select count(*) from t", "select count ( ? ) from `t`"},
                    NormalCase{"select * from t force index(i) where a", "select * from `t` where `a`"},
                    NormalCase{"insert into t values (1, 2), (3, 4), (5, 6);", "insert into `t` values ( ... )"},
                    NormalCase{"insert into t values (1), (2)", "insert into `t` values ( ... )"},
                    NormalCase{"select _utf8mb4'x', db.T.c", "select ? , `db` . `t` . `c`"}, NormalCase{"", ""},
                    NormalCase{"select 'unterminated", "select"}));

TEST(Digest, IsSha256OfTheNormalForm) {
  EXPECT_EQ(digest(normalize("SELECT * FROM bindinfo__bind.t WHERE a = 'aa'")),
            "6d1a1929b70cc162e7e4a9e635a920d811556a2fad8c86a98cd36f5ef0ac2d8e");
  EXPECT_EQ(digest(""), "");
}

}  // namespace
}  // namespace sluice::sql
