-- Assertions and versions (F3, F4), once for the whole history: whether a row is
-- new, stale or unchanged depends on nothing that comes later.

-- the catalogues, by the commit that holds them
CREATE TABLE applies AS SELECT DISTINCT at FROM cat_units;
ANALYZE;

-- Every row as it is understood, taken or not.
CREATE TABLE arrived AS
SELECT r.batch, r.row, r.definition, r.unit, r.period, r.source, r.document,
	r.action, r.again, r.today, c.at, p.last, i.place, i.units, s.max_status,
	-- F3: absent is the source's default; a delete without one is of all
	CASE WHEN r.action = 'merge' THEN coalesce(r.status, s.default_status, 'P')
		ELSE r.status END AS status,
	-- F6a, F7a: no number in a delete, no value beside 0/0
	CASE WHEN r.action = 'merge' AND NOT (i.place <> 'wmean'
		AND r.denominator IS NOT DISTINCT FROM 0) THEN r.value END AS value,
	CASE WHEN r.action = 'merge' THEN r.numerator END AS numerator,
	CASE WHEN r.action = 'merge' THEN r.denominator END AS denominator,
	CASE WHEN r.action = 'merge' THEN r.bound ELSE '=' END AS bound,
	-- F3, F3a: the row's date, the document's, the day received
	CASE WHEN r.again THEN r.today
		WHEN r.released IS NOT NULL THEN r.released
		WHEN r.document IS NOT NULL
			THEN coalesce(d.released, d.date, '-infinity')
		ELSE r.today END AS released,
	-- F1, F1a, R3
	p.last BETWEEN coalesce(i.valid_from, '-infinity')
		AND coalesce(i.valid_to, 'infinity')
	AND (p.code = i.frequency OR i.time <> 'none' AND p.code <> 'span'
		AND p.months > CASE i.frequency WHEN 'A' THEN 12 WHEN 'S' THEN 6
			WHEN 'Q' THEN 3 ELSE 1 END)
	AND EXISTS (SELECT 1 FROM cat_units u WHERE u.at = c.at AND u.unit = r.unit
		AND p.last BETWEEN coalesce(u.valid_from, '-infinity')
			AND coalesce(u.valid_to, 'infinity')) AS placed
FROM rows r
JOIN periods p USING (period)
CROSS JOIN LATERAL (SELECT max(at) AS at FROM applies WHERE at <= r.head) c
JOIN cat_indicators i ON i.at = c.at
	AND i.indicator || '@' || i.definition = r.definition
JOIN cat_sources s ON s.at = c.at AND s.source = r.source
LEFT JOIN cat_documents d ON d.at = c.at AND d.document = r.document;
ANALYZE arrived;

-- F1: a definition of some units is valid at and beneath them
CREATE TABLE beneath AS
WITH RECURSIVE ways AS (
	SELECT DISTINCT at, last, unit, units, unit AS above
	FROM arrived WHERE units IS NOT NULL
	UNION
	SELECT w.at, w.last, w.unit, w.units, m.parent
	FROM ways w
	JOIN cat_maps a ON a.at = w.at AND a.kind = 'territory'
		AND w.last BETWEEN coalesce(a.valid_from, '-infinity')
			AND coalesce(a.valid_to, 'infinity')
	JOIN cat_membership m ON m.at = w.at AND m.map = a.map
		AND m.unit = w.above
		AND w.last BETWEEN coalesce(m.valid_from, '-infinity')
			AND coalesce(m.valid_to, 'infinity'))
SELECT at, last, unit FROM ways WHERE above = units;

-- Which rows are taken: F1, F3 (not above the source's best), K3 (nothing
-- observed of a period to come), F4 (no two values for one key and status).
CREATE TABLE want_taken AS
WITH allowed AS (
	SELECT a.* FROM arrived a
	WHERE a.placed
		AND (a.units IS NULL OR EXISTS (SELECT 1 FROM beneath b
			WHERE (b.at, b.last, b.unit) = (a.at, a.last, a.unit)))
		AND (a.action = 'delete' OR
			status_rank(a.status) >= status_rank(a.max_status)
			AND (NOT observed(a.status) OR a.last <= a.today)))
SELECT batch, row FROM (
	SELECT batch, row, action, dense_rank() OVER said_of
		+ dense_rank() OVER (PARTITION BY batch, definition, unit, period,
			source, status, action
			ORDER BY (value, numerator, denominator, bound) DESC) AS n
	FROM allowed
	WINDOW said_of AS (PARTITION BY batch, definition, unit, period, source,
		status, action ORDER BY (value, numerator, denominator, bound))) x
-- first from the one end and from the other: one value
WHERE action = 'delete' OR n = 2;

CREATE TABLE said AS
SELECT t.commit,
	-- its rank among the rows of the commit
	row_number() OVER (PARTITION BY t.commit ORDER BY a.row) - 1 AS row,
	a.definition, a.unit, a.period, a.source, a.document, a.action, a.again,
	a.status, a.value, a.numerator, a.denominator, a.bound, a.released,
	row_number() OVER (PARTITION BY a.definition, a.unit, a.period
		ORDER BY t.commit, a.row) AS k
FROM taken t JOIN arrived a USING (batch, row);
CREATE INDEX ON said (k);
ANALYZE said;

CREATE TABLE versions (LIKE said);
CREATE INDEX ON versions (definition, unit, period);
CREATE TABLE verdicts (commit bigint, row bigint, verdict text);

-- later: a delete d withdraws v
CREATE FUNCTION withdraws(d versions, v versions) RETURNS boolean
LANGUAGE sql IMMUTABLE AS
$$ SELECT (d).action = 'delete' AND (d).source = (v).source
	AND ((d).status IS NULL OR (d).status = (v).status) $$;
CREATE FUNCTION same(a said, b versions) RETURNS boolean
LANGUAGE sql IMMUTABLE AS
$$ SELECT ((a).source, (a).action) = ((b).source, (b).action)
	AND (a).document IS NOT DISTINCT FROM (b).document
	AND (a).value IS NOT DISTINCT FROM (b).value
	AND (a).numerator IS NOT DISTINCT FROM (b).numerator
	AND (a).denominator IS NOT DISTINCT FROM (b).denominator
	AND (a).bound = (b).bound AND (a).status IS NOT DISTINCT FROM (b).status $$;

-- The k-th assertion of every key, those before it being judged.
CREATE FUNCTION judge(which bigint) RETURNS void LANGUAGE sql AS $$
	WITH judged AS (
		SELECT s.*, CASE
			WHEN s.action = 'merge' AND same(s, current.it) THEN 'unchanged'
			WHEN s.action = 'delete' AND NOT standing.any
				AND (s.again OR before.any) THEN 'unchanged'
			WHEN NOT s.again AND before.any THEN 'stale'
			ELSE 'new' END AS verdict
		FROM said s
		-- the current version of its source and status (F4a)
		LEFT JOIN LATERAL (
			SELECT v AS it FROM versions v
			WHERE (v.definition, v.unit, v.period)
					= (s.definition, s.unit, s.period)
				AND v.source = s.source AND v.action = 'merge'
				AND v.status = s.status
				AND NOT EXISTS (SELECT 1 FROM versions d
					WHERE (d.definition, d.unit, d.period)
							= (v.definition, v.unit, v.period)
						AND d.k > v.k AND withdraws(d, v))
			ORDER BY v.released DESC, v.commit DESC, v.row DESC LIMIT 1) current
			ON true
		-- something that it withdraws
		LEFT JOIN LATERAL (
			SELECT EXISTS (SELECT 1 FROM versions v
				WHERE (v.definition, v.unit, v.period)
						= (s.definition, s.unit, s.period)
					AND v.action = 'merge' AND v.source = s.source
					AND (s.status IS NULL OR s.status = v.status)
					AND NOT EXISTS (SELECT 1 FROM versions d
						WHERE (d.definition, d.unit, d.period)
								= (v.definition, v.unit, v.period)
							AND d.k > v.k AND withdraws(d, v))) AS any) standing
			ON s.action = 'delete'
		LEFT JOIN LATERAL (
			SELECT EXISTS (SELECT 1 FROM versions v
				WHERE (v.definition, v.unit, v.period)
						= (s.definition, s.unit, s.period)
					AND same(s, v)) AS any) before ON true
		WHERE s.k = which),
	kept AS (
		INSERT INTO versions
		SELECT commit, row, definition, unit, period, source, document, action,
			again, status, value, numerator, denominator, bound, released, k
		FROM judged WHERE verdict = 'new')
	INSERT INTO verdicts SELECT commit, row, verdict FROM judged $$;
SELECT format('SELECT judge(%s)', k)
FROM generate_series(1, (SELECT max(k) FROM said)) k \gexec
ANALYZE versions;
