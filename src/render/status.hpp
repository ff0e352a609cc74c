#pragma once
#include <string>

#include <tidemark/engine.hpp>

#include "render/report.hpp"

/// What a store knows of itself. Pure.
namespace tidemark {

/// Contract: docs/cli.md, "status".
Report status_json(const Status& status);

/// The same for people.
std::string status_text(const Status& status);

}  // namespace tidemark
