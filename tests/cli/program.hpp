#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

/// Runs the built `tidemark` (TIDEMARK_BIN) as a user does, and what works together with it.
namespace tidemark::test {

struct Ran {
  int code = 0;  ///< 128 + the signal's number when one ended it.
  std::string out, err;
};

struct RunOptions {
  std::string program;                             ///< Another one, from the PATH. Empty: tidemark.
  std::string input;                               ///< Its stdin.
  std::map<std::string, std::string> environment;  ///< Added to this process's own.
  /// Where its stdout goes instead of into Ran::out.
  enum class Out { kept, full_disk, nobody_reads } out = Out::kept;
  bool unprivileged = false;  ///< As nobody, when this process is root.
};

Ran run_program(const std::vector<std::string>& arguments, const RunOptions& options = {});

/// One that runs on while the test goes on. Its stdin is a pipe.
class Background {
 public:
  /// Of the options only the program and the environment count.
  explicit Background(const std::vector<std::string>& arguments, const RunOptions& options = {});
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void write(std::string_view bytes);
  /// Waits until it has read all that was written. False after a minute.
  bool wait_until_read();
  void send(int signal);
  /// What it has written to stderr so far.
  std::string err() const;
  /// Waits until `text` is in it. False after half a minute.
  bool wait_for_err(std::string_view text) const;
  /// Closes its stdin and waits for its end.
  Ran finish();

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int input_reader_ = -1;  // kept open to ask how many bytes wait in the pipe
  int out_ = -1, err_ = -1;
};

/// A directory of its own, removed at the end.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path(const std::string& name) const { return (directory_ / name).string(); }
  /// Writes a file and returns its path.
  std::string file(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace tidemark::test
