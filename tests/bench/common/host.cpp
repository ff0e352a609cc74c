#include "common/host.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "common/stopwatch.hpp"

namespace tidemark::bench {
namespace {

namespace fs = std::filesystem;

/// The number behind `name` in a file of /proc; 0 where the kernel does not tell.
std::uint64_t number_in(const char* file, const std::string& name) {
  std::ifstream in(file);
  for (std::string word; in >> word;) {
    if (word != name) continue;
    std::uint64_t value = 0;
    in >> value;
    return value;
  }
  return 0;
}

double clock_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

double resident_mb() { return static_cast<double>(number_in("/proc/self/status", "VmRSS:")) / 1024; }
double peak_resident_mb() { return static_cast<double>(number_in("/proc/self/status", "VmHWM:")) / 1024; }

double cpu_seconds() { return clock_seconds(CLOCK_PROCESS_CPUTIME_ID); }
double thread_cpu_seconds() { return clock_seconds(CLOCK_THREAD_CPUTIME_ID); }

std::uint64_t bytes_written(const std::string& folder) {
  constexpr std::uint64_t kSectorBytes = 512;
  constexpr int kSectorsWritten = 7;
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return 0;
  std::ifstream in("/sys/dev/block/" + std::to_string(major(status.st_dev)) + ":" +
                   std::to_string(minor(status.st_dev)) + "/stat");
  std::uint64_t value = 0;
  for (int column = 1; column <= kSectorsWritten; ++column) in >> value;
  return in ? value * kSectorBytes : 0;
}

std::uint64_t bytes_below(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

void copy_store(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

std::vector<double> disk_sync_ms(const std::string& folder) {
  const std::string path = folder + "/sync";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) throw std::runtime_error("cannot write " + path);
  const std::string block(64 << 10, 'x');
  std::vector<double> times;
  for (int i = 0; i < 201; ++i)
    times.push_back(1000 * seconds_of([&] {
                      if (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) != 0)
                        throw std::runtime_error("cannot write " + path);
                    }));
  ::close(fd);
  fs::remove(path);
  return times;
}

void write_lines(const std::string& path, const std::vector<std::string>& lines) {
  std::ofstream out(path);
  for (const std::string& line : lines) out << line << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

}  // namespace tidemark::bench
