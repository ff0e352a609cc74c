#pragma once
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/engine.hpp>

#include "http/route.hpp"
#include "http/services.hpp"

/// Every route, one file for each or for a group. Contract: docs/http.md.
namespace tidemark::http {

/// All of them, in the order in which they are tried.
std::vector<Route> make_routes(Services& services);

Route otlp_route(Services& services);
Route junit_route(Services& services);
Route spans_route(Services& services);
Route ingest_route(Services& services);
Route rollup_route(Services& services);
Route agents_route(Services& services);
Route status_route(Services& services);
Route metrics_route(Services& services);
Route rejects_route(Services& services);
std::vector<Route> view_routes(Services& services);
std::vector<Route> table_routes(Services& services);
std::vector<Route> recent_routes(Services& services);
std::vector<Route> webhook_routes(Services& services);
std::vector<Route> health_routes(Services& services);
std::vector<Route> job_routes(Services& services);
std::vector<Route> admin_routes(Services& services);

/// A misspelt parameter would give another answer than was asked for. InputError unless all are of these.
void check_parameters(const Target& target, std::initializer_list<std::string_view> known);
/// The parameter `limit`, or `otherwise`. InputError unless it is from 1 to `most`.
std::size_t limit_of(const Target& target, std::size_t otherwise, std::size_t most);
/// Whether the parameter is `true`; without it, not. InputError for anything but true and false.
bool flag_of(const Target& target, std::string_view name);
/// The URL of the sink that the parameter `sink` names; empty without it: the store itself is meant.
std::string sink_url_of(const Services& services, const Target& target);
/// A whole table in one of the formats json, csv, ndjson and table. `head` chooses as wanted_format() does.
Response table_answer(const RequestHead& head, const Table& table);

/// What ingest routes share: has the engine take a body in, and keeps what was rejected.
/// `defaults` as in IngestContext.
IngestReport take_in(Services& services, const std::string& route, const Request& request,
                     const IngestContext& context);
/// A context with the route's name, the format and the time.
IngestContext context_for(Services& services, const std::string& route, InputFormat format);
/// The report as JSON: 200, or 400 when nothing in the body could be decoded.
Response ingest_answer(const IngestReport& report);
/// The parameters of a target as defaults; those of `reserved` are left out.
/// Errors: InputError for one without a name, one given twice, or a value over 1 KiB.
std::map<std::string, std::string> defaults_of(const Target& target, const std::vector<std::string>& reserved = {});
/// `format` of the query, else by what Accept names first; one of the words. InputError otherwise.
std::string wanted_format(const RequestHead& head, const std::vector<std::string>& words);

}  // namespace tidemark::http
