#include "cli/program.hpp"

#include <cstdlib>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tidemark::test {

namespace {

constexpr uid_t kNobody = 65534;

int memory_file(const char* name) { return ::memfd_create(name, MFD_CLOEXEC); }

int output_of(RunOptions::Out out) {
  if (out == RunOptions::Out::full_disk) return ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (out == RunOptions::Out::kept) return memory_file("stdout");
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  ::close(ends[0]);
  return ends[1];
}

std::string read_all(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) throw std::runtime_error("fstat");
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  if (::pread(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) throw std::runtime_error("pread");
  return text;
}

std::string contents(int fd) {
  std::string text = read_all(fd);
  ::close(fd);
  return text;
}

std::string program() {
  const char* path = std::getenv("TIDEMARK_BIN");
  if (path == nullptr) throw std::runtime_error("TIDEMARK_BIN must name the tidemark program; ctest sets it");
  return path;
}

/// This process's own, as `NAME=value`, and what the options add.
std::vector<std::string> environment_of(const RunOptions& options) {
  // What a developer has set must not decide about a test.
  static const std::set<std::string> kLeftOut = {"TIDEMARK_STORE", "TIDEMARK_SINK", "TIDEMARK_CONFIG", "NOTIFY_SOCKET",
                                                 "WATCHDOG_USEC"};
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    const std::string name = text.substr(0, text.find('='));
    if (!kLeftOut.contains(name) && !options.environment.contains(name)) variables.push_back(text);
  }
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  return variables;
}

/// As exec wants them; they stay the words' own.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

pid_t start(const std::vector<std::string>& arguments, const RunOptions& options, int in, int out, int err) {
  std::vector<std::string> words = {options.program.empty() ? program() : options.program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment_of(options);
  const std::vector<char*> argv = pointers_to(words), envp = pointers_to(variables);
  // From here on the child only makes system calls: another thread of this process may have held any lock.
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  if (options.unprivileged && ::getuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(126);
  ::execvpe(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

int exit_code(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Ran run_program(const std::vector<std::string>& arguments, const RunOptions& options) {
  const int in = memory_file("stdin"), out = output_of(options.out), err = memory_file("stderr");
  if (::pwrite(in, options.input.data(), options.input.size(), 0) != static_cast<ssize_t>(options.input.size())) {
    throw std::runtime_error("pwrite");
  }
  Ran ran;
  ran.code = exit_code(start(arguments, options, in, out, err));
  ::close(in);
  if (options.out == RunOptions::Out::kept)
    ran.out = contents(out);
  else
    ::close(out);
  ran.err = contents(err);
  return ran;
}

Background::Background(const std::vector<std::string>& arguments, const RunOptions& options)
    : out_(memory_file("out")), err_(memory_file("err")) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  input_reader_ = ends[0];
  input_ = ends[1];
  pid_ = start(arguments, options, input_reader_, out_, err_);
}

Background::~Background() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    finish();
  }
}

void Background::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(input_, bytes.data(), bytes.size());
    if (n <= 0) throw std::runtime_error("write to a pipe");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool Background::wait_until_read() {
  for (int i = 0; i < 60'000; ++i) {
    int waiting = 0;
    if (::ioctl(input_reader_, FIONREAD, &waiting) == 0 && waiting == 0) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

std::string Background::err() const { return read_all(err_); }

bool Background::wait_for_err(std::string_view text) const {
  for (int i = 0; i < 30'000; ++i) {
    if (err().find(text) != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

void Background::send(int signal) { ::kill(pid_, signal); }

Ran Background::finish() {
  ::close(input_);
  ::close(input_reader_);
  Ran ran;
  ran.code = exit_code(pid_);
  pid_ = -1;
  ran.out = contents(out_);
  ran.err = contents(err_);
  return ran;
}

Scratch::Scratch() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tidemark-cli-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = pattern;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string Scratch::file(const std::string& name, std::string_view content) const {
  std::ofstream(path(name), std::ios::binary) << content;
  return path(name);
}

}  // namespace tidemark::test
