#pragma once
#include <filesystem>
#include <random>
#include <string>

namespace tidemark::test {

/// A folder that is gone after the test.
struct TemporaryFolder {
  TemporaryFolder() {
    path = std::filesystem::temp_directory_path() / ("tidemark-" + std::to_string(std::random_device{}()));
    std::filesystem::create_directories(path);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path path;
};

}  // namespace tidemark::test
