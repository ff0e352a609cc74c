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

# What a page's SQL gives becomes the table expected_NAME, with the rows' order.
expect_rows() { # page psql's-variables...
  rm -rf "$work/page" && mkdir "$work/page"
  split_page "$1" "$work/page"
  {
    echo "DROP TABLE IF EXISTS expected_$1; CREATE TABLE expected_$1 AS SELECT row_number() OVER () AS row_number, q.* FROM ("
    sed '$s/;$//' "$work/page/1.sql"
    echo ") AS q;"
  } >"$work/expect.sql"
  sql -v now="$now" "${@:2}" -f "$work/expect.sql"
}

# Holds the rows in the table `actual` against those of a page.
check_rows() { # what page
  local wrong
  wrong=$(sql -c "SELECT differing_rows('expected_$2', 'actual')")
  [[ $wrong == "0 of "* && ($wrong != "0 of 0" || -n ${may_be_empty-}) ]] && return
  say "  $2, $1: $wrong rows differ"
  failures=$((failures + 1))
}

# The same of what a command prints as CSV.
check_csv() { # what page command...
  local columns
  "${@:3}" --format csv --quiet >"$work/rows.csv"
  columns=$(head -1 "$work/rows.csv" | tr -d '\r')
  if [[ $columns != "$(sql -c "SELECT string_agg(name, ',') FROM columns_of('expected_$2')")" ]]; then
    say "  $2, $1: the columns are $columns"
    failures=$((failures + 1))
    return
  fi
  sql -c "SELECT make_actual('expected_$2')" -c "\\copy actual($columns) FROM '$work/rows.csv' WITH (FORMAT csv, HEADER)" >/dev/null
  check_rows "$1" "$2"
}

# check_views WHAT [OPTION...]: every view, as `tidemark views show` gives it.
check_views() {
  local view
  for view in $(names_of view); do check_csv "$1" "$view" "$binary" views show "$view" "${@:2}"; done
}

# The rows as SQL finds them at PostgreSQL, without Tidemark.
check_postgres_tables() { # what
  local view
  for view in $(names_of view); do
    sql -c "SELECT fill_actual('expected_$view', 'tidemark.$view', 'row_number')" >/dev/null
    check_rows "$1" "$view"
  done
}

# The same at SQLite, whose sqlite3 shows too few digits of doubles by itself.
check_sqlite_tables() { # what file
  local view columns column
  for view in $(names_of view); do
    columns=$(sql -c "SELECT string_agg(name, ',') FROM columns_of('expected_$view')")
    {
      printf 'SELECT row_number'
      for column in ${columns//,/ }; do printf ", CASE typeof(%s) WHEN 'real' THEN printf('%%!.17g', %s) ELSE %s END" "$column" "$column" "$column"; done
      printf ' FROM %s' "$view"
    } >"$work/select.sql"
    sqlite3 -csv "$2" <"$work/select.sql" >"$work/rows.csv"
    sql -c "SELECT make_actual('expected_$view')" -c "\\copy actual(row_number, $columns) FROM '$work/rows.csv' WITH (FORMAT csv)" >/dev/null
    check_rows "$1" "$view"
  done
}
