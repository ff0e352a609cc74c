# shellcheck shell=bash
# Sourced by scripts/run: the project's own build as OpenTelemetry spans, one per step that Ninja ran.

# ninja_spans <build folder> <pipeline's name> <owner/repository>: writes an OTLP JSON request to stdout.
# Ninja's log has, per step: start and end in ms since the build began, the output's time in ns, the output, and a digest
# of the command. The output's time is the step's end; together with the digest it makes ids that stay the same however
# often this runs.
ninja_spans() {
  awk -F '\t' -v pipeline="$2" -v repository="$3" -v worker="$(uname -n)" '
    function text(key, value) {
      return sprintf("{\"key\":\"%s\",\"value\":{\"stringValue\":\"%s\"}}", key, value)
    }
    function zeros(digits, width) {
      while (length(digits) < width) digits = "0" digits
      return digits
    }
    # What kind of step made the output, and for which folder.
    function job(output,    folder) {
      folder = output
      if (!sub("/CMakeFiles/.*", "", folder) && !sub("/[^/]*$", "", folder)) folder = "."
      if (output ~ /\.o$/) return "compile " folder
      if (output ~ /\.a$/) return "archive " folder
      if (output ~ /\.cpp$/) return "make source " folder
      return "link " folder
    }
    # Nanoseconds have more digits than a double holds: whole seconds and the rest are reckoned apart.
    function minus_ms(ns, ms,    seconds, rest) {
      seconds = substr(ns, 1, length(ns) - 9)
      rest = substr(ns, length(ns) - 8) - ms * 1000000
      while (rest < 0) { rest += 1000000000; seconds -= 1 }
      return sprintf("%d%09d", seconds, rest)
    }
    function span(start, end, ns, output, digest) {
      return sprintf("{\"traceId\":\"%s\",\"spanId\":\"%s\",\"name\":\"%s\",\"kind\":1,", \
                     zeros(ns, 32), zeros(digest, 16), job(output)) \
             sprintf("\"startTimeUnixNano\":\"%s\",\"endTimeUnixNano\":\"%s\",\"attributes\":[%s,%s,%s,%s,%s]}", \
                     minus_ms(ns, end - start), ns, text("cicd.pipeline.name", pipeline), \
                     text("cicd.pipeline.task.name", job(output)), \
                     text("cicd.pipeline.task.run.id", digest "-" ns), \
                     text("cicd.pipeline.task.run.result", "success"), text("cicd.worker.name", worker))
    }
    BEGIN {
      printf "{\"resourceSpans\":[{\"resource\":{\"attributes\":[%s]},\"scopeSpans\":[{\"spans\":[\n", \
             text("vcs.repository.name", repository)
    }
    # A step without an output file, or with an absolute path, is none of the build proper.
    /^[0-9]/ && $3 > 0 && $4 !~ /^\// && $4 !~ /\.cmake$/ && !seen[$5]++ {
      printf "%s%s", comma, span($1, $2, $3, $4, $5)
      comma = ",\n"
    }
    END { print "\n]}]}]}" }' "$1/.ninja_log"
}
