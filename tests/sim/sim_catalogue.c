/*
 * A small country with a reform at the end of 2017, its map before and after, a
 * grouping with a divided commune, and targets of every kind.
 */
#include "tests/sim/sim.h"

#include <string.h>

/* "kind|field|field..."; "+3 kind|..." only in variants with bit 3, "-3" only in
 * those without. Fields left out at the end are empty. */
static const char *const lines[] = {
    "units|n||Nước|Nation|nation|nation||",
    "units|p1||Một|One|province|province||2017-12-31",
    "units|p2||Hai|Two|province|province||2017-12-31",
    "units|p3||Ba|Three|province|province||",
    "units|p9||Chín|Nine|province|province|2018-01-01|",
    "units|c1||C một|C one|commune|commune||",
    "units|c2||C hai|C two|commune|commune||",
    "units|c3||C ba|C three|commune|commune||",
    "units|c4||C bốn|C four|commune|commune||",
    "units|c5||C năm|C five|commune|commune||2017-12-31",
    "units|c6||C sáu|C six|commune|commune||",
    "units|gg||Nhóm|Groups|group|group||",
    "units|r1||Nhóm một|Group one|group|group||",
    "units|r2||Nhóm hai|Group two|group|group||",
    "+8 units|c7||C bảy|C seven|commune|commune||",

    "maps|m1|Trước|Before|n|territory||2017-12-31",
    "maps|m2|Sau|After|n|territory|2018-01-01|",
    "maps|g|Nhóm|Groups|gg|grouping||",

    "membership|m1|p1|n|||",
    "membership|m1|p2|n|||",
    "membership|m1|p3|n|||",
    "membership|m1|c1|p1|||",
    "membership|m1|c2|p1|||",
    "membership|m1|c3|p2|||",
    "membership|m1|c4|p2|||",
    "membership|m1|c5|p3|||",
    "membership|m1|c6|p3|||",
    "membership|m2|p9|n|||",
    "membership|m2|p3|n|||",
    "membership|m2|p1|p9||||",
    "membership|m2|p2|p9||||",
    "membership|m2|c1|p1|||2017-12-31",
    "membership|m2|c1|p9||2018-01-01|",
    "membership|m2|c2|p1|||2017-12-31",
    "membership|m2|c2|p9||2018-01-01|",
    "membership|m2|c3|p2|||2017-12-31",
    "membership|m2|c3|p9||2018-01-01|",
    "membership|m2|c4|p2|||2017-12-31",
    "membership|m2|c4|p9||2018-01-01|",
    "membership|m2|c5|p3|||",
    "membership|m2|c6|p3|||",
    "+8 membership|m2|c7|p3|||",
    "membership|g|r1|gg|||",
    "membership|g|r2|gg|||",
    "membership|g|c1|r1|||",
    "-3 membership|g|c2|r1|||",
    "+3 membership|g|c2|r2|||",
    "membership|g|c3|r2|||",
    "-2 membership|g|c4|r1|620000||",
    "-2 membership|g|c4|r2|380000||",
    "+2 membership|g|c4|r1|500001||",
    "+2 membership|g|c4|r2|499999||",
    "membership|g|p3|r2|||",

    "indicators|cnt|a|Số|Count|household|0||up|all|households||||"
    "|sum|last|none|A|0|||||||",
    "indicators|rate|a|Tỷ lệ|Rate|%|2|100|down|all|households||||"
    "|ratio|last|none|A|0|100||||||",
    "indicators|rate|b|Tỷ lệ|Rate|%|2|100|down|all|households||||"
    "|ratio|last|none|A|0|100|||||||",
    "indicators|rate-em|a|Tỷ lệ|Rate|%|2|100|down|minority|households|rate|||"
    "|ratio|last|none|A|0|100|||||||",
    "indicators|inc|a|Thu nhập|Income|VND|1||up|all|people||||"
    "|wmean|last|none|A||||||||",
    "indicators|done|a|Xong|Done|%|1|100|up|all|projects||||"
    "|ratio|last|programme|A|0|100|||||||",
    "indicators|fall|a|Giảm|Fall|%|2||up|all|households||rate|step|"
    "|none|none|none|A||||||||",
    "indicators|q|a|Quý|Quarterly|ton|1||up|all|crops||||"
    "|sum|sum|none|Q|||||||||",

    "reporting|rate@a|province|m1|45|30||2014-12-31|2017-12-31",
    "reporting|rate@a|province|m2|45|30||2018-12-31|",
    "reporting|cnt|n|m2|30|0||2015-12-31|",
    "reporting|done|commune|g|200|100||2015-12-31|",

    "-1 sources|s1|Office|||*|A|P|1|yes",
    "-1 sources|s3|Paper|||*|A|E|3|",
    "+1 sources|s1|Office|||*|A|P|3|yes",
    "+1 sources|s3|Paper|||*|A|E|1|",
    "sources|s2|Survey|||*|P|E|2|",

    "documents|d1||2018-05|||||||",
    "documents|d2||2020-02-01|||||||",
    "documents|d3||||||||",

    "programmes|pr|Chương trình|Programme|2014|2022",

    "-0 targets|pr|level|at most 10|d1|2014|rate@a|n p1 p3 p9 c1||||level"
    "|10.00||at_most||2014|series||2021|line||0.50||",
    "+0 targets|pr|level|at most 12|d1|2014|rate@a|n p1 p3 p9 c1||||level"
    "|12.00||at_most||2014|series||2020|line||0.50||",
    "targets|pr|stones|at most 5|d1|2015|rate@a|c1 c2 c3||||level"
    "|5.00||at_most||2014|30.00|d1|2020|milestones|2016=25.00 2018=20.00|||",
    "targets|pr|step|one a year|d2|2014|rate@a|p3 c5 c6||||step"
    "|1.00|||mean|2014|series||2019|line||||",
    "targets|pr|range|three to four|d2|2014|rate@b|p1 p2 p3||||step"
    "|3.00|4.00||mean|2014|40.00|d2|2018|line||0.10||",
    "-5 targets|pr|each|every year|d2|2014|rate@a|c3 c4||||step"
    "|0.50|||each|2014|series||2019|steps||||",
    "targets|pr|fall|fall each year|d2|2015|fall@a|p1 p3 c1||||level"
    "|1.00||at_least|||||2018|none||||",
    "targets|pr|zero|none left|d1|2014|rate@a|c6 n||||zero"
    "||||||||2020|none||||",
    "targets|pr|all|all done|d1|2014|done@a|c1 c3||||all"
    "||||||||2019|none||||",
    "targets|pr|complete|complete|d1|2014|done@a|c2 c4 p3||||complete"
    "||||||||2022|none||||",
    "targets|pr|count|at least 100|d1|2014|cnt@a|n p3 p1||||level"
    "|100||at_least|||||2018|none||||",
    "targets|pr|people|by level|d1|2014|rate@b||province|m1|current|level"
    "|8.00||at_most||2014|series||2020|line||0.25||",
    "targets|pr|unsaid|no number|d1|2014|rate@a|c2||||level"
    "|||at_most||2014|series||2020|line||||",
    "+4 targets|pr|extra|strictly under|d1|2016|rate-em@a|c1 c2 p3||||level"
    "|9.00||below||2015|20.00||2019|line||||",
    "+7 targets|pr|count|at least 150|d2|2016|cnt@a|n p3 p1||||level"
    "|150||at_least|||||2018|none||||",

    "-6 rules|pr|level|2014|behind reversing missed|warning||1|1",
    "+6 rules|pr|level|2014|behind reversing missed at-risk|warning||2|2",
    "rules|pr|level|2014|at-risk|info||1|1",
    "rules|pr|stones|2015|behind reversing missed|warning||2|1",
    "rules|pr|step|2014|behind reversing missed|warning||1|2",
    "rules|pr|range|2014|behind missed at-risk|warning||1|1",
    "-5 rules|pr|each|2014|behind reversing|warning||1|1",
    "rules|pr|people|2014|behind reversing missed|warning||1|1",
    "rules|pr|count|2014|missed|info||1|1",
};

static bool
line_applies(const char **line, uint32_t variant)
{
	const char *at = *line;
	bool wanted = at[0] == '+';

	if (at[0] != '+' && at[0] != '-')
		return true;
	*line = at + 3;
	return ((variant >> (at[1] - '0') & 1) != 0) == wanted;
}

/* The text up to the next bar. */
static struct span
field_next(const char **text)
{
	size_t len = strcspn(*text, "|");
	struct span field = span_of(*text, len);

	*text += len + ((*text)[len] == '|');
	return field;
}

static enum err
line_add(struct cat_rows *rows, const char *line)
{
	struct span name = field_next(&line);
	struct span fields[CATALOGUE_FIELDS_MAX];

	for (int kind = 0; kind < CAT_KINDS; kind++) {
		if (!span_equal(name, span_str(cat_kinds[kind].name)))
			continue;
		for (uint8_t i = 0; i < cat_kinds[kind].n_fields; i++)
			fields[i] = field_next(&line);
		return cat_rows_add(rows, (enum cat_kind)kind, fields, NULL);
	}
	return ERR_UNKNOWN_KEY;
}

enum err
sim_catalogue(struct cat_rows *rows, uint32_t variant)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines) && err == ERR_OK;
	     i++) {
		const char *line = lines[i];

		if (line_applies(&line, variant))
			err = line_add(rows, line);
	}
	return err;
}
