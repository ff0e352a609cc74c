# shellcheck shell=bash
# Sourced by scripts/prove-views: the pages of docs/examples/, and rows held against what their SQL gives. Needs
# scripts/lib/postgres.sh, started, scripts/lib/prove.sh, and of the script `binary`, `work` and `now`.
# shellcheck disable=SC2154  # They are the script's.
pages=docs/examples

# What the shipped files declare.
names_of() { # view|recent
  sed -nE "s/^\[$1\.([a-z_]+)\]$/\1/p" schemas/examples/*.toml
}

# A page's blocks become files: 1.sh, 1.text, 2.toml, … in the order in which each language's come.
split_page() { # page folder
  awk -v folder="$2" '
    /^```[a-z]+$/ && !file { language = substr($0, 4); file = folder "/" ++count[language] "." language; printf "" >file; next }
    /^```$/ { close(file); file = ""; next }
    file { print >file }' "$pages/$1.md"
}

# In a fresh folder a page's commands print what stands below them, and its definition is that of a file.
check_page() { # page
  local folder="$work/page" block wrong=
  rm -rf "$folder" && mkdir -p "$folder/fresh"
  split_page "$1" "$folder"
  for block in "$folder"/*.sh; do
    sed -i '/^schemas=/d' "$block"
    (cd "$folder/fresh" && schemas=$OLDPWD/schemas PATH="$work/bin:$PATH" bash -e "$block") >"$block.out" 2>"$block.log" ||
      { cat "$block.log" >&2; wrong=yes; }
    diff "${block%.sh}.text" "$block.out" >&2 || wrong=yes
  done
  for block in "$folder"/*.toml; do
    grep -qF -- "$(tr '\n' '\1' <"$block")" <(cat schemas/examples/*.toml | tr '\n' '\1') || wrong=yes
  done
  if [[ -n $wrong ]]; then
    say "  $pages/$1.md is not what happens"
    failures=$((failures + 1))
  fi
}

# What a page's SQL gives becomes the table expected_NAME, with the rows' order. `edit` changes the SQL, as sed does.
expect_rows() { # page psql's-variables...
  rm -rf "$work/page" && mkdir "$work/page"
  split_page "$1" "$work/page"
  {
    echo "DROP TABLE IF EXISTS expected_$1; CREATE TABLE expected_$1 AS SELECT row_number() OVER () AS row_number, q.* FROM ("
    sed "\$s/;\$//; ${edit-}" "$work/page/1.sql"
    echo ") AS q;"
  } >"$work/expect.sql"
  sql -v now="$now" "${@:2}" -f "$work/expect.sql"
}

# The names of a page's columns, with commas between.
columns_of() { # page
  sql -c "SELECT string_agg(name, ',' ORDER BY place) FROM columns_of('expected_$1')"
}

# Holds the rows that psql's commands put into the table `actual` against those of a page.
check_rows() { # what page columns command...
  local wrong
  wrong=$(sql -c "SELECT make_actual('expected_$2', '$3')" "${@:4}" -c "SELECT differing_rows('expected_$2')" | tail -1)
  [[ $wrong == "0 of "* && ($wrong != "0 of 0" || -n ${may_be_empty-}) ]] && return
  say "  $2, $1: $wrong rows differ"
  failures=$((failures + 1))
}

# The same of what a command prints as CSV.
check_csv() { # what page command...
  local columns
  "${@:3}" --format csv --quiet >"$work/rows.csv"
  columns=$(head -1 "$work/rows.csv" | tr -d '\r')
  check_rows "$1" "$2" "$columns" -c "\\copy actual($columns) FROM '$work/rows.csv' WITH (FORMAT csv, HEADER)"
}

# check_views WHAT [OPTION...]: every view, as `tidemark views show` gives it.
check_views() {
  local view
  for view in $(names_of view); do check_csv "$1" "$view" "$binary" views show "$view" "${@:2}"; done
}

# The workspaces with the most runs, and some of the others.
workspaces() { sql -0 -c "SELECT workspace FROM saved_run GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 4" \
  -c "SELECT workspace FROM saved_run GROUP BY 1 ORDER BY count(*), 1 LIMIT 2"; }

# Both recents: one list, and one list for each of some workspaces, by the 4 that the page asks for and by all that are kept.
check_recents() { # what [option...]
  local workspace limit
  check_csv "$1" recent_activity "$binary" recents recent_activity --now "$now" "${@:2}"
  while IFS= read -r -d '' workspace; do
    for limit in 4 240; do
      edit="s/^LIMIT 4$/LIMIT $limit/" expect_rows workspace_recent_workflows -v workspace="$workspace"
      may_be_empty=yes check_csv "$1" workspace_recent_workflows \
        "$binary" recents workspace_recent_workflows "$workspace" --limit "$limit" --now "$now" "${@:2}"
    done
  done < <(workspaces)
}

# The rows as SQL finds them at PostgreSQL, without Tidemark.
check_postgres_tables() { # what
  local view
  for view in $(names_of view); do
    check_rows "$1" "$view" "$(columns_of "$view")" -c "SELECT fill_actual('tidemark.$view', 'row_number')"
  done
  check_rows "$1" recent_activity "$(columns_of recent_activity)" \
    -c "SELECT fill_actual('tidemark.recent_activity', 'used_at DESC LIMIT 50')"
}

# The same at SQLite, whose sqlite3 shows too few digits of doubles by itself.
check_sqlite_tables() { # what file
  local view columns column select
  for view in $(names_of view); do
    columns=$(columns_of "$view")
    select=
    for column in ${columns//,/ }; do
      select+=", CASE typeof($column) WHEN 'real' THEN printf('%!.17g', $column) ELSE $column END"
    done
    sqlite3 -csv "$2" "SELECT ${select#, } FROM $view ORDER BY row_number" >"$work/rows.csv"
    check_rows "$1" "$view" "$columns" -c "\\copy actual($columns) FROM '$work/rows.csv' WITH (FORMAT csv)"
  done
}
