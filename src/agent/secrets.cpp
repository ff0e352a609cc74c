#include "agent/secrets.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <sys/stat.h>

#include <tidemark/errors.hpp>

namespace tidemark::agent {
namespace {

constexpr std::size_t kMostBytes = 4096;

std::string read_secret(const std::string& key, const std::string& path, std::vector<std::string>& warnings) {
  const std::string where = key + ": " + path + ": ";
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) throw InputError(where + "cannot be read: " + std::strerror(errno));
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)) throw InputError(where + "expected a file");
  std::ifstream file(path, std::ios::binary);
  std::string secret(kMostBytes + 3, '\0');
  file.read(secret.data(), static_cast<std::streamsize>(secret.size()));
  if (!file.is_open() || file.bad()) throw InputError(where + "cannot be read: " + std::strerror(errno));
  secret.resize(static_cast<std::size_t>(file.gcount()));
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) throw InputError(where + "expected a secret, found an empty file");
  if (secret.size() > kMostBytes)
    throw InputError(where + "expected a secret of at most " + std::to_string(kMostBytes) + " bytes");
  if (secret.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos)
    throw InputError(where + "expected one line");
  if ((info.st_mode & S_IROTH) != 0)
    warnings.push_back(where + "every user of this machine can read it; 'chmod 600' it");
  return secret;
}

std::vector<std::string> read_all(const std::string& key, const std::vector<std::string>& paths,
                                  std::vector<std::string>& warnings) {
  std::vector<std::string> secrets;
  for (const std::string& path : paths) secrets.push_back(read_secret(key, path, warnings));
  return secrets;
}

std::string percent_encode(const std::string& text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain)
      out += c;
    else
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

}  // namespace

std::string url_with_password(const std::string& url, const std::string& password) {
  const std::string key = "password=" + percent_encode(password);
  return url + (url.find('?') == std::string::npos ? "?" : url.ends_with('?') ? "" : "&") + key;
}

Secrets read_secrets(const Config& config) {
  Secrets secrets;
  for (const TokenConfig& token : config.tokens)
    secrets.tokens.push_back(
        {token.name, read_secret("tokens." + token.name + ".file", token.file, secrets.warnings), token.scopes});
  secrets.github = read_all("webhooks.github.secret_files", config.github.secret_files, secrets.warnings);
  secrets.buildkite = read_all("webhooks.buildkite.secret_files", config.buildkite.secret_files, secrets.warnings);
  secrets.gitlab = read_all("webhooks.gitlab.secret_files", config.gitlab.secret_files, secrets.warnings);
  for (const SinkConfig& sink : config.sinks) {
    std::string url = sink.url;
    if (!sink.password_file.empty())
      url = url_with_password(
          url, read_secret("sinks." + sink.name + ".password_file", sink.password_file, secrets.warnings));
    secrets.sinks.push_back({sink.name, std::move(url)});
  }
  return secrets;
}

}  // namespace tidemark::agent
