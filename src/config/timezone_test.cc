#include "config/timezone.h"

#include <gtest/gtest.h>

namespace ktl::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::string tzif(const std::string& footer) {
  return "TZif2" + std::string(60, '\0') + "\n" + footer + "\n";
}

TEST(TimeZone, CommonZonesNeedNoDatabase) {
  EXPECT_EQ(fixed_offset_of("Asia/Seoul", "/none").value(), hours(9));
  EXPECT_EQ(fixed_offset_of("UTC", "/none").value(), hours(0));
  EXPECT_EQ(fixed_offset_of("Asia/Shanghai", "/none").value(), hours(8));
}

TEST(TimeZone, AnOffsetStandsForItself) {
  EXPECT_EQ(fixed_offset_of("+09:00").value(), hours(9));
  EXPECT_EQ(fixed_offset_of("-03:30").value(), -(hours(3) + minutes(30)));
  EXPECT_EQ(fixed_offset_of("+14").value(), hours(14));
  for (const char* wrong : {"+15:00", "-13", "+9x", "+", "+09:60", "+09:00:00:00"})
    EXPECT_EQ(fixed_offset_of(wrong).error().code, ErrorCode::not_found) << wrong;
}

TEST(TimeZone, TheFooterOfATzifFileDecides) {
  EXPECT_EQ(offset_in_tzif(tzif("KST-9")).value(), hours(9));
  EXPECT_EQ(offset_in_tzif(tzif("<+0545>-5:45")).value(), hours(5) + minutes(45));
  EXPECT_EQ(offset_in_tzif(tzif("EST5")).value(), -hours(5));
  EXPECT_EQ(offset_in_tzif(tzif("CET-1CEST,M3.5.0,M10.5.0/3")).error().code, ErrorCode::invalid);
  for (const std::string& wrong :
       {std::string(), std::string("TZif"), std::string("GIF89a\n"), tzif(""), tzif("<"), tzif("KST"), tzif("KST-99")})
    EXPECT_EQ(offset_in_tzif(wrong).error().code, ErrorCode::not_found);
}

TEST(TimeZone, ANameCannotLeaveTheDatabase) {
  for (const char* name : {"../../etc/passwd", "/etc/passwd", "Asia/../Asia/Seoul", "", "Asia/Soeul", "Asia"})
    EXPECT_EQ(fixed_offset_of(name).error().code, ErrorCode::not_found) << name;
}

}  // namespace
}  // namespace ktl::config
