#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace tidemark::test {

/// Stands between a client and a server, and cuts their connection after so many bytes: both ends are closed at once, and
/// what comes later reaches nobody. One connection at a time; the next one waits.
/// Threads: one of its own. The calls below are one caller's.
class CuttingProxy {
 public:
  enum class Way { to_server, to_client };
  struct Bytes {
    std::uint64_t to_server = 0;
    std::uint64_t to_client = 0;
  };

  /// Listens at the path of a Unix socket; connects to `host`, a folder with the socket `port` names or an address.
  CuttingProxy(const std::string& listen_path, std::string host, std::string port);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  /// From now on bytes are counted anew, and the connection is cut when this many have gone one way. Waits until the
  /// connection before is over.
  void cut_after(Way way, std::uint64_t bytes);
  /// The same without a cut.
  void let_through();

  /// What was passed on.
  Bytes passed() const { return {passed_[0], passed_[1]}; }
  bool has_cut() const { return cut_; }

 private:
  void set_limits(std::uint64_t to_server, std::uint64_t to_client);
  void run();
  void serve(int client, int server);
  bool pass_on(int from, int to, int way);

  std::string host_, port_;
  int listening_ = -1;
  int stop_[2] = {-1, -1};  // a pipe; closing it stops the thread
  std::atomic<std::uint64_t> passed_[2]{0, 0};
  std::atomic<std::uint64_t> limit_[2];
  std::atomic<bool> cut_{false};
  std::mutex mutex_;
  std::condition_variable over_;
  bool busy_ = false;
  std::thread thread_;
};

}  // namespace tidemark::test
