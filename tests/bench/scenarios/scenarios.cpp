#include "scenarios/scenarios.hpp"

#include "peers/peers.hpp"

namespace tidemark::bench {

const std::map<std::string, Scenario>& scenarios() {
  static const std::map<std::string, Scenario> all = {
      {"host", run_host},
      {"ingest", run_ingest},
      {"clients", run_clients},
      {"two-rollups", run_two_rollups},
      {"late", run_late},
      {"reads", run_reads},
      {"month", run_month},
      {"sync-postgres", run_sync_postgres},
      {"sync-sqlite", run_sync_sqlite},
      {"crash", run_crash},
      {"restart", run_restart},
      {"disk", run_disk},
      {"memory", run_memory},
      {"idle", run_idle},
      {"busy", run_busy},
      {"hot-bucket", run_hot_bucket},
      {"fleet-read", run_fleet_read},
      {"landing", run_landing},
      {"recents", run_recents},
      {"growth", run_growth},
      {"postgres-row", run_postgres_row_trigger},
      {"postgres-statement", run_postgres_statement_trigger},
      {"sqlite-trigger", run_sqlite_trigger},
      {"raw-rocksdb", run_raw_rocksdb},
  };
  return all;
}

}  // namespace tidemark::bench
