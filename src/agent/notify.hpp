#pragma once
#include <optional>
#include <string>

#include <tidemark/time.hpp>

/// What a supervisor that speaks sd_notify's protocol is told. Without one (NOTIFY_SOCKET is not set) nothing happens.
namespace tidemark::agent {

/// `READY=1`, `STOPPING=1`, `WATCHDOG=1`, … to the datagram socket of that name; `@name` is an abstract one. A supervisor
/// that does not listen is nobody's loss.
void notify(const std::string& socket, const std::string& state);

/// How often WATCHDOG=1 is due, half of what WATCHDOG_USEC says; nothing when it says nothing.
std::optional<Micros> watchdog_interval(const std::string& watchdog_usec);

}  // namespace tidemark::agent
