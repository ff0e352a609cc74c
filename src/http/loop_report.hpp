#pragma once
#include <string>
#include <vector>

#include "http/host.hpp"
#include "render/report.hpp"

/// The scheduler's loops as status and routes show them. Pure.
namespace tidemark::http {

Report loop_json(const Host::Loop& loop);
/// A table for people; empty without loops.
std::string loops_text(const std::vector<Host::Loop>& loops);

}  // namespace tidemark::http
