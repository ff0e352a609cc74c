#include "model/time_zone.hpp"

#include <catch2/catch.hpp>

#include <string>

#include <tidemark/errors.hpp>

using namespace tidemark;
using Catch::Contains;

TEST_CASE("UTC never changes") {
  CHECK(utc().offset_at(Instant{1'000'000'000'000'000}) == Micros{0});
  CHECK_FALSE(utc().next_change(Instant{0}));
}

TEST_CASE("a time zone's name leads to no other file") {
  for (const char* good : {"UTC", "Europe/Amsterdam", "Etc/GMT+5", "America/Port-au-Prince", "EST5EDT"})
    CHECK_NOTHROW(check_time_zone_name(good));
  for (const char* bad : {"", "../passwd", "/etc/passwd", "Europe/../x", "Europe//Berlin", "Europe/", "file:x", "a b"})
    CHECK_THROWS_WITH(check_time_zone_name(bad), Contains("expected a time zone such as 'Europe/Amsterdam'"));
  CHECK_THROWS_AS(check_time_zone_name(std::string(65, 'a')), InputError);
}
