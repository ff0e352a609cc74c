// What HTTP adds to taking spans in: CPU of the same OTLP requests (500 spans each) through Engine::ingest directly and
// through a server on loopback, one sender after the other's answer and several at once.
//
// bench_http --folder DIR --schema TOML [--spans N] [--senders N] [--gzip 1]
//
// CPU is that of all threads but the senders', which a real agent has elsewhere.
#include <sys/resource.h>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "common/bench_host.hpp"
#include "common/engine_run.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "support/gzip.hpp"

namespace tidemark::bench {
namespace {

double cpu_seconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

struct Times {
  double seconds = 0, cpu_seconds = 0;
};

/// Has `senders` threads give all requests to what `make_send` makes for each of them, which says whether one was
/// taken. `without_senders`: the CPU of these threads is left out.
Times deliver(const std::vector<std::string>& requests, int senders, bool without_senders,
              const std::function<std::function<bool(const std::string&)>()>& make_send) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> good{true};
  std::mutex mutex;
  double sender_cpu = 0;
  const double cpu_before = cpu_seconds(RUSAGE_SELF);
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int s = 0; s < senders; ++s) {
    threads.emplace_back([&] {
      const auto send = make_send();
      for (std::size_t i; (i = next++) < requests.size();)
        if (!send(requests[i])) good = false;
      const std::lock_guard lock(mutex);
      sender_cpu += cpu_seconds(RUSAGE_THREAD);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const Times times{took.count(), cpu_seconds(RUSAGE_SELF) - cpu_before - (without_senders ? sender_cpu : 0)};
  if (!good) throw std::runtime_error("a request was not taken");
  return times;
}

void show(const char* what, const Times& times, std::size_t requests) {
  const double n = static_cast<double>(requests);
  std::cout << what << ": " << times.cpu_seconds / n * 1e6 << " us of CPU a request, " << n / times.seconds
            << " requests a second\n";
}

void run(const std::map<std::string, std::string>& arguments) {
  const std::string& folder = arguments.at("--folder");
  const WorkloadSource source(std::stoull(arguments.at("--spans")));
  const int senders = std::stoi(arguments.at("--senders"));
  std::vector<std::string> requests = encode_all(source);
  std::size_t bytes = 0;
  for (const std::string& request : requests) bytes += request.size();
  std::cout << requests.size() << " requests of " << bytes / requests.size() << " bytes, " << senders << " senders\n";
  const std::string definitions = job_definitions(arguments.at("--schema"), folder);
  {
    const auto engine = open_new(options_of(folder + "/direct", definitions), source.now());
    show("direct",
         deliver(requests, senders, false,
                 [&] {
                   return [&](const std::string& body) {
                     return engine->ingest(body, request_context(source.now())).decode.rejections.total() == 0;
                   };
                 }),
         requests.size());
  }
  if (arguments.at("--gzip") == "1")
    for (std::string& request : requests) request = test::gzip(request);
  const auto engine = open_new(options_of(folder + "/http", definitions), source.now());
  BenchHost host(*engine, source.now());
  http::ServerOptions options;
  options.listeners.emplace_back();
  options.listeners[0].address = "127.0.0.1:0";
  options.listeners[0].open = {true, true, false};
  http::Server server(host, options);
  server.start();
  const std::string address = server.addresses().front();
  show("http",
       deliver(requests, senders, true,
               [&] {
                 const auto client = std::make_shared<http::Client>(address);
                 return [client](const std::string& body) {
                   return client->send({"POST", "/v1/traces", {{"Content-Type", "application/x-protobuf"}}, body}).ok();
                 };
               }),
       requests.size());
  if (engine->status().totals.at("accepted") != source.size()) throw std::runtime_error("not every span arrived");
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
  try {
    std::map<std::string, std::string> arguments = {{"--spans", "500000"}, {"--senders", "1"}, {"--gzip", "0"}};
    for (int i = 1; i + 1 < argc; i += 2) arguments[argv[i]] = argv[i + 1];
    tidemark::bench::run(arguments);
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    std::cerr << "bench_http: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
