#pragma once
#include <cstdint>
#include <string>
#include <vector>

/// What the operating system says of this process and its files.
namespace tidemark::bench {

double resident_mb();       ///< Now.
double peak_resident_mb();  ///< Since the process began.
/// CPU time of all threads of this process so far, and of the calling thread. Unlike the time on the clock it does not
/// grow when others use the machine, too.
double cpu_seconds();
double thread_cpu_seconds();
/// Bytes that were written to the disk of a folder since the machine started, by all who use it: what the kernel counts for
/// a process are the pages that it changed, whole groups of them. 0 where no disk is told of.
std::uint64_t bytes_written(const std::string& folder);
std::uint64_t bytes_below(const std::string& folder);

/// A copy of a store's folder, instead of what is there.
void copy_store(const std::string& from, const std::string& to);

/// How long the disk takes to make 64 KiB durable, again and again, in milliseconds: what no commit can be faster than.
std::vector<double> disk_sync_ms(const std::string& folder);

/// Rows of one side, one a line, for the comparison.
void write_lines(const std::string& path, const std::vector<std::string>& lines);
std::vector<std::string> read_lines(const std::string& path);

}  // namespace tidemark::bench
