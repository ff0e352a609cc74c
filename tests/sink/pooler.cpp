#include "sink/pooler.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "sink/postgres_place.hpp"

extern char** environ;

namespace tidemark::conformance {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "/usr/sbin/pgbouncer";

/// A socket to which a service says that it is ready, as systemd's services do.
class ReadySocket {
 public:
  explicit ReadySocket(const std::string& path) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size());
    REQUIRE(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    chmod(path.c_str(), 0666);
  }
  ~ReadySocket() { close(fd_); }
  ReadySocket(const ReadySocket&) = delete;
  ReadySocket& operator=(const ReadySocket&) = delete;

  bool wait() const {
    const timeval most{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    char buffer[512];
    for (ssize_t n = 0; (n = recv(fd_, buffer, sizeof buffer, 0)) > 0;)
      if (std::string(buffer, static_cast<std::size_t>(n)).find("READY=1") != std::string::npos) return true;
    return false;
  }

 private:
  int fd_;
};

pid_t start(const std::vector<std::string>& arguments, const std::string& notify, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::string variable = "NOTIFY_SOCKET=" + notify;
  std::vector<char*> environment = {const_cast<char*>(variable.c_str())};
  for (char** e = environ; *e != nullptr; ++e) environment.push_back(*e);
  environment.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  pid_t process = -1;
  REQUIRE(posix_spawn(&process, kProgram, &files, nullptr, argv.data(), environment.data()) == 0);
  posix_spawn_file_actions_destroy(&files);
  return process;
}

}  // namespace

bool pooler_is_there() {
  if (fs::exists(kProgram)) return true;
  if (std::getenv("CI") != nullptr) FAIL("pgbouncer is not installed, and CI must test with it");
  WARN("pgbouncer is not installed: not tested with a pooler");
  return false;
}

Pooler::Pooler(const std::string& database, int sessions, const std::string& user)
    : folder_(fs::temp_directory_path() / ("tidemark-pool-" + std::to_string(std::random_device{}()))) {
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::all);  // it gives up root's rights
  const PostgresServer server = postgres_server();
  std::ofstream(folder_ + "/hba") << "local all locked scram-sha-256\nlocal all all trust\n";
  std::ofstream(folder_ + "/users") << "\"locked\" \"right\"\n\"" << user << "\" \"\"\n";
  std::ofstream(folder_ + "/pgbouncer.ini")
      << "[databases]\npooled = host=" << server.host << " port=" << server.port << " dbname=" << database
      << "\n[pgbouncer]\nlisten_addr =\nlisten_port = 5432\nunix_socket_dir = " << folder_
      << "\npool_mode = transaction\ndefault_pool_size = " << sessions
      << "\nauth_type = hba\nauth_hba_file = " << folder_ << "/hba\nauth_file = " << folder_ << "/users\n";
  const ReadySocket ready(folder_ + "/ready");
  std::vector<std::string> arguments = {kProgram, "-q", folder_ + "/pgbouncer.ini"};
  if (geteuid() == 0) arguments.insert(arguments.begin() + 1, {"-u", "postgres"});
  process_ = start(arguments, folder_ + "/ready", folder_ + "/log");
  if (ready.wait()) return;
  std::ifstream log(folder_ + "/log");
  FAIL("pgbouncer is not ready: " << std::string(std::istreambuf_iterator<char>(log), {}));
}

Pooler::~Pooler() {
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
  std::error_code error;
  fs::remove_all(folder_, error);
}

std::string Pooler::url(const std::string& schema, const std::string& user, const std::string& database) const {
  const std::size_t colon = user.find(':');
  std::string url =
      "postgresql:///" + database + "?host=" + folder_ + "&schema=" + schema + "&user=" + user.substr(0, colon);
  if (colon != std::string::npos) url += "&password=" + user.substr(colon + 1);
  return url;
}

}  // namespace tidemark::conformance
