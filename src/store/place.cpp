#include "store/place.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <tidemark/errors.hpp>

namespace tidemark {
namespace {

constexpr const char* kFile = "/tidemark-place";
constexpr const char* kText =
    "By this file's inode a store knows that it was copied. Leave it where it is, and copy it along or not.\n";

std::string machine_in(const std::string& file) {
  std::ifstream in(file);
  std::string id;
  std::getline(in, id);
  return id;
}

}  // namespace

bool Place::is_same(const Place& other) const {
  const bool same_machine = machine.empty() || other.machine.empty() || machine == other.machine;
  return same_machine && inode == other.inode && born_ns == other.born_ns && device == other.device;
}

std::optional<Place> find_place(const std::string& store_path, const std::string& machine_id_file) {
  struct statx info {};
  const std::string path = store_path + kFile;
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &info) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw StoreError("cannot look at " + path + ": " + std::strerror(errno));
  }
  Place place{machine_in(machine_id_file), info.stx_ino, 0, 0};
  if ((info.stx_mask & STATX_BTIME) != 0 && info.stx_btime.tv_sec > 0)
    place.born_ns = info.stx_btime.tv_sec * 1'000'000'000 + info.stx_btime.tv_nsec;
  else
    place.device = makedev(info.stx_dev_major, info.stx_dev_minor);
  return place;
}

Place make_place(const std::string& store_path, const std::string& machine_id_file) {
  const std::string path = store_path + kFile;
  const auto fail = [&](const char* doing) {
    throw StoreError(std::string(doing) + " " + path + ": " + std::strerror(errno));
  };
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail("cannot replace");
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) fail("cannot make");
  const bool written =
      ::write(fd, kText, std::strlen(kText)) == static_cast<ssize_t>(std::strlen(kText)) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written) fail("cannot write");
  const int folder = ::open(store_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool kept = folder >= 0 && ::fsync(folder) == 0;
  if (folder >= 0) ::close(folder);
  if (!kept) fail("cannot sync the folder of");
  const auto place = find_place(store_path, machine_id_file);
  if (!place) fail("cannot find");
  return *place;
}

}  // namespace tidemark
