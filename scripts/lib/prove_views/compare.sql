-- Functions that hold rows, which came as texts, against what the SQL of a page gives.

-- How a column's values are compared. Quotients that PostgreSQL gives as numeric, averages and correlations, agree to 1e-12;
-- everything else is equal, doubles to the bit. Label sets come as JSON.
CREATE FUNCTION differs(name text, type regtype) RETURNS text IMMUTABLE LANGUAGE sql AS $$
SELECT format(CASE
    WHEN type = 'numeric'::regtype AND name ~ '^(average_.*|correlation)$'
      THEN 'NOT coalesce(abs(e.%1$I - a.%1$I::numeric) <= abs(e.%1$I) * 1e-12, e.%1$I IS NULL AND a.%1$I IS NULL)'
    WHEN type = 'float8'::regtype THEN 'float8send(e.%1$I) IS DISTINCT FROM float8send(a.%1$I::float8)'
    WHEN type = 'text[]'::regtype THEN 'to_json(e.%1$I)::text IS DISTINCT FROM a.%1$I'
    ELSE 'e.%1$I IS DISTINCT FROM a.%1$I::%2$s' END, name, type)$$;

CREATE FUNCTION columns_of(rows regclass) RETURNS TABLE (name text, type regtype) STABLE LANGUAGE sql AS $$
SELECT attname::text, atttypid::regtype FROM pg_attribute
WHERE attrelid = rows AND attnum > 0 AND NOT attisdropped AND attname <> 'row_number' ORDER BY attnum$$;

-- Both have a row_number: the order of rows counts, too.
CREATE FUNCTION differing_rows(expected regclass, actual regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  different text;
  result text;
BEGIN
  SELECT string_agg(differs(name, type), ' OR ') INTO different FROM columns_of(expected);
  EXECUTE format('SELECT count(*) FILTER (WHERE e.row_number IS NULL OR a.row_number IS NULL OR %s) || '' of '' || count(*)
    FROM %s AS e FULL JOIN %s AS a USING (row_number)', different, expected, actual) INTO result;
  RETURN result;
END$$;

-- An empty table of texts for rows with the columns of `expected`.
CREATE FUNCTION make_actual(expected regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DROP TABLE IF EXISTS actual;
  EXECUTE 'CREATE TABLE actual (row_number bigserial, ' ||
    (SELECT string_agg(format('%I text', name), ', ') FROM columns_of(expected)) || ')';
END$$;

-- The same, of the rows in a sink's table.
CREATE FUNCTION fill_actual(expected regclass, rows regclass, in_order text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM make_actual(expected);
  EXECUTE format('INSERT INTO actual(%s) SELECT %s FROM %s AS r ORDER BY %s',
    (SELECT string_agg(quote_ident(name), ', ') FROM columns_of(expected)),
    (SELECT string_agg(format(CASE WHEN type = 'text[]'::regtype THEN 'to_json(r.%I)' ELSE 'r.%I::text' END, name), ', ')
     FROM columns_of(expected)),
    rows, in_order);
END$$;
