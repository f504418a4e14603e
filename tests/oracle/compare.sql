-- Both directions; a difference prints its key and both sides.
CREATE VIEW got_receipts AS
SELECT commit, n_unchanged, n_stale FROM receipts
WHERE n_unchanged + n_stale > 0;
CREATE VIEW want_receipts AS
SELECT commit, (count(*) FILTER (WHERE verdict = 'unchanged'))::int AS n_unchanged,
	(count(*) FILTER (WHERE verdict = 'stale'))::int AS n_stale
FROM verdicts WHERE verdict <> 'new' GROUP BY commit;

CREATE VIEW got_answers AS
SELECT a.shot, a.map, a.definition, a.unit, a.period, a.value, a.reported,
	a.rolled_up, CASE WHEN i.place IN ('ratio', 'share') THEN a.numerator END
		AS numerator,
	CASE WHEN i.place IN ('ratio', 'share') THEN a.denominator END AS denominator,
	a.status, a.state, a.reporting, a.derived, a.expected,
	-- R4d: what a weight is over several periods is not laid down
	CASE WHEN i.time = 'none' THEN a.weight END AS weight, a.past
FROM answers a JOIN shots s USING (shot)
JOIN cat_indicators i ON i.indicator || '@' || i.definition = a.definition
	AND i.at = (SELECT max(at) FROM applies WHERE at <= s.commit);

CREATE TEMP TABLE differences (what text, side text, told text);
INSERT INTO differences
SELECT 'taken', 'PostgreSQL', x::text FROM (
	TABLE want_taken EXCEPT SELECT batch, row FROM taken) x
UNION ALL
SELECT 'taken', 'Tiendo', x::text FROM (
	SELECT batch, row FROM taken EXCEPT TABLE want_taken) x
UNION ALL
SELECT 'receipts', 'PostgreSQL', x::text FROM (TABLE want_receipts EXCEPT TABLE got_receipts) x
UNION ALL
SELECT 'receipts', 'Tiendo', x::text FROM (TABLE got_receipts EXCEPT TABLE want_receipts) x
UNION ALL
SELECT 'figures', 'PostgreSQL', x::text FROM (TABLE want_figures EXCEPT TABLE figures) x
UNION ALL
SELECT 'figures', 'Tiendo', x::text FROM (TABLE figures EXCEPT TABLE want_figures) x
UNION ALL
SELECT 'rollups', 'PostgreSQL', x::text FROM (TABLE want_rollups EXCEPT TABLE rollups) x
UNION ALL
SELECT 'rollups', 'Tiendo', x::text FROM (TABLE rollups EXCEPT TABLE want_rollups) x
UNION ALL
SELECT 'series', 'PostgreSQL', x::text FROM (TABLE want_series EXCEPT TABLE series) x
UNION ALL
SELECT 'series', 'Tiendo', x::text FROM (TABLE series EXCEPT TABLE want_series) x
UNION ALL
SELECT 'answers', 'PostgreSQL', x::text FROM (TABLE want_answers EXCEPT TABLE got_answers) x
UNION ALL
SELECT 'answers', 'Tiendo', x::text FROM (TABLE got_answers EXCEPT TABLE want_answers) x;
SELECT what || ': ' || side || ' says ' || told FROM differences ORDER BY what, told, side LIMIT 60;
SELECT 'compared: ' || (SELECT count(*) FROM rows) || ' rows sent, '
	|| (SELECT count(*) FROM taken) || ' taken, '
	|| (SELECT count(*) FROM want_receipts) || ' receipts, '
	|| (SELECT count(*) FROM figures) || ' figures, '
	|| (SELECT count(*) FROM rollups) || ' roll-ups, '
	|| (SELECT count(*) FROM series) || ' of a series, '
	|| (SELECT count(*) FROM answers) || ' answers of '
	|| (SELECT count(*) FROM asked) || ' questions about '
	|| (SELECT count(*) FROM shots) || ' moments';
SELECT what || ' ' || side || ': ' || count(*) || ' differ' FROM differences GROUP BY what, side;
