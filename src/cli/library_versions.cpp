#include "cli/library_versions.hpp"

#include <boost/version.hpp>
#include <fmt/core.h>
#include <openssl/crypto.h>
#include <protozero/version.hpp>
#include <pugixml.hpp>
#include <spdlog/version.h>
#include <zlib.h>

namespace tidemark::cli {

namespace {

std::string three(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace

std::string library_versions() {
  // The linked ones where a library says; the headers' where it is nothing but headers.
  return "OpenSSL " + std::string(OpenSSL_version(OPENSSL_VERSION_STRING)) + ", zlib " + zlibVersion() + ", Boost " +
         three(BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100) + ", pugixml " +
         three(PUGIXML_VERSION / 1000, PUGIXML_VERSION / 10 % 100, PUGIXML_VERSION % 10) + ", protozero " +
         PROTOZERO_VERSION_STRING + ", spdlog " + three(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH) +
         ", fmt " + three(FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
}

}  // namespace tidemark::cli
