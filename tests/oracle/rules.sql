-- Everything that is known at commit :commit, of what was published by :published
-- (moment :shot), in order: definitions, figures in
-- force, contributions, who is expected, coverage, state. Written from
-- SEMANTICS; the rules' numbers stand beside.

-- --- definitions in force ---------------------------------------------------------
DROP TABLE IF EXISTS now_units, now_maps, now_members, now_defs, now_duties,
	now_figures, now_completed, up, gives, rolled, expected_units, expected, owing,
	counted, homeless, passing CASCADE;

CREATE TEMP TABLE now_units AS
SELECT unit, level, coalesce(valid_from, '-infinity') AS since,
	coalesce(valid_to, 'infinity') AS until
FROM cat_units WHERE at = (SELECT max(at) FROM applies WHERE at <= :commit);
CREATE TEMP TABLE now_maps AS
SELECT map, root, kind, coalesce(valid_from, '-infinity') AS since,
	coalesce(valid_to, 'infinity') AS until
FROM cat_maps WHERE at = (SELECT max(at) FROM applies WHERE at <= :commit);
CREATE TEMP TABLE now_members AS
SELECT map, unit, parent, coalesce(weight, 1000000) * 0.000001 AS weight,
	coalesce(valid_from, '-infinity') AS since,
	coalesce(valid_to, 'infinity') AS until
FROM cat_membership WHERE at = (SELECT max(at) FROM applies WHERE at <= :commit);
CREATE TEMP TABLE now_defs AS
SELECT indicator || '@' || definition AS definition, indicator,
	('1e' || decimals)::numeric AS one, ('1e-' || decimals)::numeric AS step,
	factor,
	counted, criterion, units, place, time, frequency,
	CASE frequency WHEN 'A' THEN 12 WHEN 'S' THEN 6 WHEN 'Q' THEN 3
		WHEN 'M' THEN 1 END AS months,
	coalesce(valid_from, '-infinity') AS since,
	coalesce(valid_to, 'infinity') AS until
FROM cat_indicators WHERE at = (SELECT max(at) FROM applies WHERE at <= :commit);
CREATE TEMP TABLE now_duties AS
SELECT d.definition, r.who, r.map, coalesce(r.floor, 1) AS floor,
	coalesce(r.valid_from, '-infinity') AS since,
	coalesce(r.valid_to, 'infinity') AS until
FROM cat_reporting r
JOIN now_defs d ON r.indicator IN (d.definition, d.indicator)
WHERE r.at = (SELECT max(at) FROM applies WHERE at <= :commit);

-- --- figures in force (F3) -----------------------------------------------------------
CREATE TEMP TABLE now_figures AS
SELECT DISTINCT ON (v.definition, v.unit, v.period)
	v.definition, v.unit, v.period, v.value, v.numerator, v.denominator, v.status,
	v.bound, v.source, v.document, v.released, v.commit, v.row,
	-- A2, F7a: what was given, else the rounded quotient
	coalesce(v.value, CASE WHEN d.place <> 'wmean' THEN
		quotient(v.numerator * d.factor * d.one, v.denominator)
			* d.step END) AS published
FROM versions v
JOIN now_defs d ON d.definition = v.definition
JOIN cat_sources s ON s.source = v.source
	AND s.at = (SELECT max(at) FROM applies WHERE at <= :commit)
WHERE v.action = 'merge' AND v.commit <= :commit
	AND v.released <= :'published'
	AND NOT EXISTS (SELECT 1 FROM versions w
		WHERE w.definition = v.definition AND w.unit = v.unit
			AND w.period = v.period AND w.commit <= :commit
			AND w.released <= :'published'
			AND w.k > v.k AND withdraws(w, v))
ORDER BY v.definition, v.unit, v.period, observed(v.status) DESC,
	status_rank(v.status), s.rank, v.released DESC, v.commit DESC, v.row DESC;
CREATE TEMP TABLE now_completed AS
SELECT DISTINCT definition, unit, period FROM completions WHERE commit <= :commit;
-- R5a: the unit's own figure
CREATE TEMP TABLE told_figures AS
SELECT :shot AS shot, definition, unit, period, value, numerator, denominator,
	published, status, bound, source, document, released, commit, row,
	CASE WHEN NOT observed(status) THEN NULL
		WHEN status = 'A' OR EXISTS (SELECT 1 FROM now_completed c
			WHERE (c.definition, c.unit, c.period)
				= (f.definition, f.unit, f.period)) THEN 'released'
		ELSE 'provisional' END AS state
FROM now_figures f;
INSERT INTO want_figures SELECT * FROM told_figures WHERE :'dumped';

-- --- place: who stands beneath whom, by the last day of a period (R3) ------------------
-- weight: of all ways together; a unit is above itself
CREATE TEMP TABLE up AS
WITH RECURSIVE days AS (SELECT DISTINCT last AS day FROM periods
	WHERE year BETWEEN 2014 AND 2026),
start AS (
	SELECT map, day, unit FROM now_members, days WHERE day BETWEEN since AND until
	UNION SELECT map, day, root FROM now_maps, days),
ways AS (
	SELECT map, day, unit, unit AS above, 1::numeric AS weight FROM start
	UNION ALL
	SELECT w.map, w.day, w.unit, m.parent, w.weight * m.weight
	FROM ways w JOIN now_members m ON m.map = w.map AND m.unit = w.above
		AND w.day BETWEEN m.since AND m.until)
SELECT map, day, unit, above, sum(weight) AS weight
FROM ways GROUP BY map, day, unit, above;
CREATE INDEX ON up (map, day, unit);

-- --- who is expected (R4a, R4b) ----------------------------------------------------------
-- in map (as asked), in period sub of the definition's frequency
CREATE TEMP TABLE expected_units AS
SELECT m.map, d.definition, q.period AS sub, q.last, u.unit, r.floor
FROM now_defs d
JOIN periods q ON q.code = d.frequency AND q.last BETWEEN d.since AND d.until
	AND q.year BETWEEN 2014 AND 2026
CROSS JOIN now_maps m
-- the row is that of the map asked, if it is valid that day, else of the territory
JOIN now_maps a ON CASE WHEN q.last BETWEEN m.since AND m.until
	THEN a.map = m.map
	ELSE a.kind = 'territory' AND q.last BETWEEN a.since AND a.until END
JOIN now_duties r ON r.definition = d.definition AND r.map = a.map
	AND q.last BETWEEN r.since AND r.until
JOIN now_units u ON q.last BETWEEN u.since AND u.until
	AND r.who IN (u.level, u.unit)
-- stands in the row's map
JOIN up s ON s.map = a.map AND s.day = q.last AND s.unit = u.unit
	AND s.above = u.unit
WHERE d.units IS NULL OR EXISTS (SELECT 1 FROM up t JOIN now_maps n USING (map)
	WHERE n.kind = 'territory' AND q.last BETWEEN n.since AND n.until
		AND t.day = q.last AND t.unit = u.unit AND t.above = d.units);
CREATE INDEX ON expected_units (definition, sub);
ANALYZE expected_units; ANALYZE up;

-- per unit and period: how many unit-periods beneath it, and with itself
CREATE TEMP TABLE owing AS -- periods, and those of the frequency that count in them
	SELECT d.definition, p.period, p.last AS day, w.sub
	FROM now_defs d
	JOIN periods p ON p.year BETWEEN 2014 AND 2026
		AND (p.code = d.frequency OR d.time <> 'none' AND p.code <> 'span'
			AND p.months > d.months)
	JOIN within w ON w.period = p.period AND w.code = d.frequency
	JOIN periods s ON s.period = w.sub
	WHERE d.time IN ('sum', 'mean') OR s.last = p.last;
ANALYZE owing;
CREATE TEMP TABLE counted AS
	SELECT e.map, e.definition, a.period, e.unit, e.sub, o.above, o.weight,
		r.root, o.day = a.day AS now
	FROM owing a JOIN expected_units e USING (definition, sub)
	JOIN now_maps r ON r.map = e.map
	LEFT JOIN LATERAL (
		SELECT above, weight, day FROM up
		WHERE up.map = e.map AND up.unit = e.unit
			-- above it on the last day of the long period, else where it
			-- stood on that of the short one
			AND up.day = CASE WHEN EXISTS (SELECT 1 FROM up h
				WHERE h.map = e.map AND h.day = a.day AND h.unit = e.unit)
				THEN a.day ELSE e.last END) o ON true;
ANALYZE counted;
CREATE TEMP TABLE homeless AS
	SELECT DISTINCT map, definition, period, root FROM counted
	WHERE above IS NULL;
ANALYZE homeless;
-- expected in a part of the short periods only
CREATE TEMP TABLE passing AS
WITH times AS (SELECT definition, period, count(*) AS n FROM owing GROUP BY 1, 2)
SELECT c.map, c.definition, c.period, c.unit
	FROM counted c JOIN homeless h USING (map, definition, period)
	JOIN times w USING (definition, period)
	GROUP BY c.map, c.definition, c.period, c.unit, w.n
	HAVING count(DISTINCT c.sub) < w.n;
ANALYZE passing;
CREATE TEMP TABLE expected AS
SELECT map, definition, period, unit, sum(beneath) AS beneath,
	sum(beneath) + sum(itself) AS within, bool_or(nowhere) AS open
FROM (
	SELECT map, definition, period, above AS unit, weight AS beneath,
		0 AS itself, false AS nowhere
	FROM counted WHERE above <> unit
	UNION ALL
	-- itself, wherever it stands
	SELECT e.map, e.definition, a.period, e.unit, 0, 1, false
	FROM owing a JOIN expected_units e USING (definition, sub)
	UNION ALL
	-- no place on either day: root and regions stay open
	SELECT c.map, c.definition, c.period, u.unit, 0, 0, true
	FROM homeless c
	JOIN periods p USING (period)
	JOIN now_units u ON u.unit = c.root
		OR u.level = 'region' AND p.last BETWEEN u.since AND u.until
	UNION ALL
	-- and who passes, and all that it counts beneath on the last day
	SELECT map, definition, period, unit, 0, 0, true FROM passing
	UNION ALL
	SELECT DISTINCT c.map, c.definition, c.period, c.above, 0, 0, true
	FROM counted c JOIN passing USING (map, definition, period, unit)
	WHERE c.now) x
GROUP BY map, definition, period, unit;
CREATE UNIQUE INDEX ON expected (map, definition, period, unit);
ANALYZE expected;

-- --- contributions (R1), the short periods first -------------------------------------------
-- s, w: the two sums; s in units of the last decimal for sum and wmean. ts, tw, tn:
-- for a mean not yet divided. reporting: R4c
CREATE TEMP TABLE gives (map text, definition text, period text, unit text,
	kind text, s numeric, w numeric, ts numeric, tw numeric, tn numeric,
	status int, derived boolean, reporting numeric, complete boolean);
-- what is rolled up for a unit, apart from its own figure of that very period
CREATE TEMP TABLE rolled (LIKE gives);
CREATE INDEX ON gives (period, definition, map, unit);
CREATE INDEX ON rolled (period, definition, map, unit);

-- Own figures with the parts that the rule needs.
CREATE TEMP TABLE own AS
SELECT f.definition, f.period, p.code, p.months, p.last, f.unit,
	status_rank(f.status) AS status, x.*
FROM now_figures f
JOIN now_defs d USING (definition)
JOIN periods p USING (period)
CROSS JOIN LATERAL (
	SELECT f.value * d.one, 0::numeric
	WHERE d.place = 'sum' AND f.value IS NOT NULL
	UNION ALL
	SELECT f.numerator, f.denominator
	WHERE d.place IN ('ratio', 'share') AND f.denominator IS NOT NULL
	UNION ALL
	SELECT f.value * d.one * f.denominator, f.denominator
	WHERE d.place = 'wmean' AND f.denominator IS NOT NULL
	UNION ALL
	-- R1e: a counted unit by its exact value
	SELECT CASE substring(coalesce(d.criterion, '>=1') from '^[<>=]+')
			WHEN '>=' THEN f.value >= c.number WHEN '>' THEN f.value > c.number
			WHEN '<=' THEN f.value <= c.number WHEN '<' THEN f.value < c.number
			ELSE f.value = c.number END::int, 1
	FROM (SELECT substring(coalesce(d.criterion, '>=1') from '[-0-9.]+$')::numeric
		AS number) c
	WHERE d.place = 'share' AND f.denominator IS NULL AND f.value IS NOT NULL
		AND f.bound = '='
		AND EXISTS (SELECT 1 FROM now_units u WHERE u.unit = f.unit
			AND u.level = d.counted AND p.last BETWEEN u.since AND u.until)
	) x (s, w)
WHERE observed(f.status);
CREATE INDEX ON own (definition, period, unit);
-- who reported a shorter period within (R1c)
CREATE TEMP TABLE own_within AS
SELECT DISTINCT o.definition, o.unit, w.period
FROM own o JOIN now_defs d USING (definition)
JOIN within w ON w.sub = o.period AND w.period <> o.period
JOIN periods p ON p.period = w.period
-- over last only the last one counts
WHERE d.time IN ('sum', 'mean') OR d.time = 'last' AND o.last = p.last;
ANALYZE own; ANALYZE own_within;
CREATE INDEX ON own_within (definition, period, unit);

-- One length of periods: months. Spans are by themselves.
CREATE FUNCTION pg_temp.level(length text) RETURNS void LANGUAGE sql AS $$
	-- the time rule over the unit's own shorter periods
	WITH subs AS (
		SELECT m.map, x.definition, x.unit, x.period, d.time, s.sub, s.is_last,
			g.*, coalesce(e.within, 0) AS within
		FROM own_within x
		JOIN periods p ON p.period = x.period AND p.code = length
		JOIN now_defs d ON d.definition = x.definition
		CROSS JOIN now_maps m
		JOIN subperiods s ON s.period = x.period
		LEFT JOIN LATERAL (SELECT s, w, ts, tw, tn, status, derived, reporting,
				complete
			FROM gives g WHERE g.map = m.map AND g.definition = x.definition
				AND g.unit = x.unit AND g.period = s.sub) g ON true
		LEFT JOIN expected e ON e.map = m.map AND e.definition = x.definition
			AND e.unit = x.unit AND e.period = s.sub
		WHERE d.time <> 'last' OR s.is_last)
	, sums AS (
		SELECT map, definition, period, unit, time, sum(s) AS s, sum(w) AS w,
			sum(ts) AS ts, sum(tw) AS tw, sum(tn) AS tn, max(status) AS status,
			bool_or(derived) AS derived, sum(reporting) AS reporting,
			-- where nobody is expected nothing is missing
			bool_and(within = 0 OR coalesce(complete, false)) AS complete
		FROM subs GROUP BY map, definition, period, unit, time
		HAVING count(status) > 0)
	INSERT INTO rolled
	SELECT s.map, s.definition, s.period, s.unit, 'time',
		-- R1d: a value is whole, parts are in millionths
		CASE WHEN s.time <> 'mean' THEN s.s
			WHEN d.place = 'sum' THEN quotient(ts * 1000000, tn * 1000000)
			ELSE quotient(ts * 1000000, tn) * 0.000001 END,
		CASE WHEN s.time <> 'mean' THEN s.w
			ELSE quotient(tw * 1000000, tn) * 0.000001 END,
		ts, tw, tn, status, derived,
		-- R4c: complete if each is, else less than expected by a millionth at least
		CASE WHEN s.time = 'last' THEN reporting
			WHEN complete THEN coalesce(e.within, 0)
			ELSE least(reporting, greatest(coalesce(e.within, 0) - 0.000001, 0))
			END,
		complete
	FROM sums s JOIN now_defs d USING (definition)
	LEFT JOIN expected e USING (map, definition, period, unit);

	-- a unit gives its own figure, else its own shorter periods
	INSERT INTO gives
	SELECT m.map, o.definition, o.period, o.unit, 'own', o.s, o.w,
		o.s * k.n, o.w * k.n, k.n, o.status, false, coalesce(e.within, 0), true
	FROM own o
	JOIN now_defs d USING (definition)
	CROSS JOIN now_maps m
	CROSS JOIN LATERAL (SELECT o.months / coalesce(d.months, o.months) AS n) k
	LEFT JOIN expected e ON e.map = m.map AND e.definition = o.definition
		AND e.period = o.period AND e.unit = o.unit
	WHERE o.code = length;
	INSERT INTO gives
	SELECT r.* FROM rolled r JOIN periods p USING (period)
	WHERE p.code = length AND r.kind = 'time'
		AND NOT EXISTS (SELECT 1 FROM own o WHERE o.definition = r.definition
			AND o.period = r.period AND o.unit = r.unit);

	-- the place rule: from those who give, up to whoever gives something itself
	WITH RECURSIVE stops AS (
		SELECT definition, period, unit FROM own WHERE code = length
		UNION
		SELECT x.definition, x.period, x.unit
		FROM own_within x JOIN periods p USING (period) WHERE p.code = length),
	flow AS (
		SELECT g.map, g.definition, g.period, g.unit AS leaf, g.unit AS at,
			-- where a way is divided: whose part it is, and which
			NULL::text AS cut, 0::numeric AS lower, 1::numeric AS upper,
			p.last AS day
		FROM gives g JOIN periods p USING (period)
		JOIN now_defs d USING (definition) JOIN now_maps m USING (map)
		WHERE p.code = length
			-- R1e: a share goes up only in a map that is valid that day
			AND (d.place <> 'share' OR p.last BETWEEN m.since AND m.until)
		UNION ALL
		SELECT f.map, f.definition, f.period, f.leaf, m.parent,
			CASE WHEN m.weight < 1 THEN f.at ELSE f.cut END,
			CASE WHEN m.weight < 1 THEN b.lower ELSE f.lower END,
			CASE WHEN m.weight < 1 THEN b.lower + m.weight ELSE f.upper END,
			f.day
		FROM flow f
		JOIN now_members m ON m.map = f.map AND m.unit = f.at
			AND f.day BETWEEN m.since AND m.until
		-- R1f: parents in order of their ids
		CROSS JOIN LATERAL (SELECT coalesce(sum(o.weight), 0) AS lower
			FROM now_members o WHERE o.map = m.map AND o.unit = m.unit
				AND f.day BETWEEN o.since AND o.until
				AND o.parent < m.parent COLLATE "C" AND m.weight < 1) b
		WHERE f.at = f.leaf OR NOT EXISTS (SELECT 1 FROM stops s
			WHERE s.definition = f.definition AND s.period = f.period
				AND s.unit = f.at)),
	-- all that a divided unit gives is divided together
	whole AS (
		SELECT x.map, x.definition, x.period, x.at AS unit, x.cut, x.lower, x.upper,
			sum(g.s) AS s, sum(g.w) AS w, max(g.status) AS status,
			bool_or(g.derived) AS derived, sum(g.reporting) AS reporting
		FROM flow x JOIN gives g ON g.map = x.map
			AND g.definition = x.definition AND g.period = x.period
			AND g.unit = x.leaf
		WHERE x.at <> x.leaf
		GROUP BY x.map, x.definition, x.period, x.at, x.cut, x.lower, x.upper),
	sums AS (
		SELECT map, definition, period, unit, sum(part(s, lower, upper)) AS s,
			sum(part(w, lower, upper)) AS w, max(status) AS status,
			bool_or(derived OR cut IS NOT NULL) AS derived,
			-- covered is what is whole of it
			sum(part(reporting, 0, upper - lower)) AS reporting
		FROM whole GROUP BY map, definition, period, unit)
	INSERT INTO rolled
	SELECT s.map, s.definition, s.period, s.unit, 'place', s.s, s.w, s.s * k.n,
		s.w * k.n, k.n, s.status, s.derived, s.reporting,
		-- the unit itself is not reported by its children
		coalesce(e.within, 0) = 0 OR NOT e.open AND s.reporting >= e.within
	FROM sums s
	JOIN now_defs d USING (definition)
	JOIN periods p USING (period)
	CROSS JOIN LATERAL (SELECT p.months / coalesce(d.months, p.months) AS n) k
	LEFT JOIN expected e ON e.map = s.map AND e.definition = s.definition
		AND e.period = s.period AND e.unit = s.unit;
	-- a unit with nothing of its own gives what its children add up to
	INSERT INTO gives
	SELECT r.* FROM rolled r JOIN periods p USING (period)
	WHERE p.code = length AND r.kind = 'place'
		AND NOT EXISTS (SELECT 1 FROM own o WHERE o.definition = r.definition
			AND o.period = r.period AND o.unit = r.unit)
		AND NOT EXISTS (SELECT 1 FROM own_within x
			WHERE x.definition = r.definition AND x.period = r.period
				AND x.unit = r.unit);
$$;
SELECT pg_temp.level('M');
ANALYZE gives; ANALYZE rolled;
SELECT pg_temp.level('Q');
ANALYZE gives; ANALYZE rolled;
SELECT pg_temp.level('S');
ANALYZE gives; ANALYZE rolled;
SELECT pg_temp.level('A');
SELECT pg_temp.level('span');
ANALYZE gives; ANALYZE rolled;

-- --- what is printed (A2), coverage and state (R4d, R5a) --------------------------------------
CREATE TEMP TABLE printed AS
SELECT r.*, trim_scale(r.s * CASE WHEN d.place IN ('sum', 'wmean')
		THEN d.step ELSE 1 END) AS sum,
	trim_scale(CASE d.place WHEN 'sum' THEN quotient(r.s * 1000000, 1000000)
		WHEN 'wmean' THEN quotient(r.s * 1000000, r.w * 1000000)
		ELSE quotient(r.s * d.factor * d.one * 1000000, r.w * 1000000)
		END * d.step) AS value,
	substr('APE', r.status, 1) AS letter
FROM rolled r JOIN now_defs d USING (definition);
INSERT INTO want_rollups
SELECT :shot AS shot, map, definition, unit, period, sum, trim_scale(w), value, letter,
	trim_scale(reporting), true
FROM printed WHERE kind = 'place' AND :'dumped';

-- The floor is that of the row for the period's last day.
CREATE TEMP TABLE covered AS
SELECT r.*, coalesce(e.open, false) AS open,
	-- who reported sub-periods itself is expected as well
	coalesce(CASE r.kind WHEN 'time' THEN e.within ELSE e.beneath END, 0)
		AS expected,
	coalesce(f.floor, 0) AS floor,
	d.time IN ('sum', 'mean') AND p.months > d.months AS longer
FROM printed r
JOIN now_defs d USING (definition)
JOIN periods p USING (period)
LEFT JOIN expected e USING (map, definition, period, unit)
LEFT JOIN (SELECT DISTINCT map, definition, last, floor FROM expected_units) f
	ON f.map = r.map AND f.definition = r.definition AND f.last = p.last
-- who reported sub-periods itself, else what the children add up to
WHERE r.kind = 'time' OR NOT EXISTS (SELECT 1 FROM own_within x
	WHERE x.definition = r.definition AND x.period = r.period
		AND x.unit = r.unit);
CREATE TEMP TABLE told AS
SELECT *, CASE WHEN partial OR under_floor THEN 'open'
		WHEN EXISTS (SELECT 1 FROM now_completed c
			WHERE (c.definition, c.unit, c.period)
				= (x.definition, x.unit, x.period)) THEN 'released'
		WHEN reporting >= expected AND letter = 'A' THEN 'released'
		ELSE 'provisional' END AS state
FROM (SELECT *, NOT partial AND reporting < floor * expected AS under_floor
	FROM (SELECT *, expected = 0 OR open OR longer AND reporting < expected
		AS partial FROM covered) y) x;
INSERT INTO want_series
SELECT :shot, map, definition, unit, period, kind = 'time', sum, trim_scale(w),
	value, letter, trim_scale(reporting), trim_scale(expected), partial,
	under_floor, state
FROM told WHERE :'dumped';

-- --- a series as it is printed (R2) --------------------------------------------------------------
-- what was reported comes first, unless the roll-up is complete and better
CREATE INDEX ON told (definition, unit, map, period);
CREATE INDEX ON told_figures (definition, unit, period);
ANALYZE told; ANALYZE told_figures;
CREATE TEMP TABLE beside AS
SELECT a.map, a.definition, a.unit, a.past, p.period, d.place,
	f.definition IS NOT NULL AS has_own, f.published, f.numerator,
	f.denominator, f.status, f.state, t.definition IS NOT NULL AS has_rolled,
	t.value, t.s, t.w, t.letter, t.state AS rolled_state, t.reporting,
	t.expected,
	-- R6b: a part is in it, and somebody stands beneath it in part only
	t.derived AND EXISTS (SELECT 1 FROM up h WHERE h.map = a.map
		AND h.day = p.last AND h.above = a.unit AND h.weight < 1) AS derived,
	f.definition IS NOT NULL AND NOT coalesce(t.value IS NOT NULL
		AND NOT t.partial AND NOT t.under_floor
		AND status_rank(f.status) > t.status, false) AS own_first
FROM asked a
JOIN now_defs d USING (definition)
CROSS JOIN periods p
LEFT JOIN told_figures f ON f.definition = a.definition AND f.unit = a.unit
	AND f.period = p.period
LEFT JOIN told t ON t.map = a.map AND t.definition = a.definition
	AND t.unit = a.unit AND t.period = p.period
WHERE a.shot = :shot
	AND (f.definition IS NOT NULL OR t.definition IS NOT NULL);
-- R4d: the weight of what was reported, by the last denominators known. Each way up
-- from who is expected; below: somebody spoke for it before unit above
CREATE TEMP TABLE weights AS
WITH RECURSIVE ways AS (
	SELECT e.map, e.definition, e.sub AS period, e.last, e.unit,
		e.unit AS above, 1::numeric AS weight, false AS below,
		o.unit IS NOT NULL AS here
	FROM expected_units e
	JOIN now_defs d USING (definition)
	LEFT JOIN own o ON o.definition = e.definition AND o.period = e.sub
		AND o.unit = e.unit
	WHERE d.time = 'none' AND (e.map, e.definition) IN (
		SELECT map, definition FROM asked WHERE shot = :shot AND NOT past)
	UNION ALL
	SELECT w.map, w.definition, w.period, w.last, w.unit, m.parent,
		w.weight * m.weight, w.below OR w.here, o.unit IS NOT NULL
	FROM ways w
	JOIN now_members m ON m.map = w.map AND m.unit = w.above
		AND w.last BETWEEN m.since AND m.until
	LEFT JOIN own o ON o.definition = w.definition AND o.period = w.period
		AND o.unit = m.parent),
known AS (
	SELECT DISTINCT ON (definition, unit, period) w.definition, w.unit, w.period,
		f.denominator
	FROM (SELECT DISTINCT definition, unit, period, last FROM ways) w
	JOIN now_figures f USING (definition, unit)
	JOIN periods q ON q.period = f.period
	WHERE observed(f.status) AND f.denominator > 0 AND q.last <= w.last
	ORDER BY definition, unit, period, q.last DESC, q.months DESC)
SELECT w.map, w.definition, w.period, w.above AS unit,
	CASE WHEN bool_and(k.denominator IS NOT NULL) THEN quotient(
		coalesce(sum(w.weight * k.denominator) FILTER (WHERE below), 0)
			* 1000000000000,
		sum(w.weight * k.denominator) * 1000000) * 0.000001 END AS weight
FROM ways w LEFT JOIN known k USING (definition, unit, period)
WHERE w.above <> w.unit
GROUP BY w.map, w.definition, w.period, w.above;
INSERT INTO want_answers
SELECT :shot, map, definition, unit, period,
	CASE WHEN own_first THEN published ELSE value END, published, value,
	CASE WHEN place NOT IN ('ratio', 'share') THEN NULL
		WHEN own_first THEN numerator
		-- parts are whole or not told
		WHEN s = round(s) AND w = round(w) THEN trim_scale(s) END,
	CASE WHEN place NOT IN ('ratio', 'share') THEN NULL
		WHEN own_first THEN denominator
		WHEN s = round(s) AND w = round(w) THEN trim_scale(w) END,
	CASE WHEN own_first THEN status ELSE letter END,
	CASE WHEN own_first THEN state ELSE rolled_state END,
	CASE WHEN expected > 0 THEN trim_scale(reporting) END,
	CASE WHEN derived THEN true END,
	CASE WHEN expected > 0 THEN trim_scale(expected) END,
	-- told of the present alone
	CASE WHEN NOT past AND :'published' = 'infinity' AND reporting < expected
		THEN trim_scale(g.weight) END,
	past
FROM beside LEFT JOIN weights g USING (map, definition, unit, period);
DROP TABLE told_figures, told, beside, weights;
DROP TABLE own, own_within, printed, covered;
DROP FUNCTION pg_temp.level;
