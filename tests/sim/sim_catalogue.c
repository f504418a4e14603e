/*
 * A small country with a reform at the end of 2017, a commune merged in the middle of
 * 2018, its map before and after, a grouping with a divided commune, figures of every
 * frequency and rule, and targets of every kind.
 */
#include "tests/sim/sim.h"

#include <string.h>

/* "kind|field|field..."; "+3 kind|..." only in variants with bit 3 (a is 10), "-3"
 * only in those without. Fields left out at the end are empty. */
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
    "units|c8||C tám|C eight|commune|commune||2018-06-30",
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
    "membership|m1|c8|p3|||",
    "-f membership|m2|c8|p3|||2018-06-30",
    "+f membership|m2|c8|p3|||",
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
    "indicators|mon|a|Tháng|Monthly|case|0|||all|cases||||"
    "|sum|last|none|M|0||||||||",
    "indicators|avg|a|Bình quân|Average|%|2|100|down|all|households||||"
    "|ratio|mean|none|Q|0|100|||||||",
    "indicators|wav|a|Bình quân|Average|VND|1||up|all|people||||"
    "|wmean|mean|none|S|||||||||",
    "-9 indicators|cap|a|Công suất|Capacity|ton|1||up|all|plants||||"
    "|sum|none|none|A|||||||||",
    "+9 indicators|cap|a|Công suất|Capacity|ton|3||up|all|plants||||"
    "|sum|none|none|A|||||||||",
    "indicators|std|a|Đạt chuẩn|Standard|%|1|100|up|all|commune||||"
    "|share|last|none|A|0|100||||>=15|||",
    "indicators|mm|a|Trung bình|Mean|kg|2||up|all|farms||||"
    "|sum|mean|none|M|||||||||",

    "-a reporting|rate@a|province|m1|45|30||2014-12-31|2017-12-31",
    "-a reporting|rate@a|province|m2|45|30||2018-12-31|",
    "+a reporting|rate@a|commune|m1|45|30|0.6|2014-12-31|2017-12-31",
    "+a reporting|rate@a|commune|m2|45|30|0.5|2018-01-01|",
    "reporting|rate@a|commune|g|60|30|0.4|2014-12-31|",
    "reporting|avg|commune|g|60|30|0.4|2014-12-31|",
    "reporting|mm|commune|g|60|30|0.4|2014-12-31|",
    "-c reporting|cnt|n|m2|30|0||2015-12-31|",
    "+c reporting|cnt|commune|m1|30|0|0.3|2015-12-31|2017-12-31",
    "+c reporting|cnt|commune|m2|30|0|0.3|2018-01-01|",
    "reporting|done|commune|g|200|100||2015-12-31|",
    "-b reporting|q|commune|m1|30|10|||2017-12-31",
    "-b reporting|q|commune|m2|30|10||2018-01-01|",
    "+b reporting|q|province|m1|30|10|0.5||2017-12-31",
    "+b reporting|q|province|m2|30|10|0.5|2018-01-01|",
    "reporting|avg|commune|m1|20|5|0.5||2017-12-31",
    "reporting|mm|commune|m1|20|5|0.5||2017-12-31",
    "reporting|avg|province|m2|20|5|0.5|2018-01-01|",
    "reporting|mm|province|m2|20|5|0.5|2018-01-01|",
    "reporting|wav|province|m2|20|5|0.5|2018-01-01|",
    "-a reporting|mon|commune|m1|20|5|0.2||2017-12-31",
    "-a reporting|std|commune|m1|20|5|0.2||2017-12-31",
    "-a reporting|mon|commune|m2|20|5|0.2|2018-01-01|",
    "-a reporting|std|commune|m2|20|5|0.2|2018-01-01|",
    "+a reporting|mon|p3|m1|20|5|||2017-12-31",
    "+a reporting|std|p3|m1|20|5|||2017-12-31",
    "+a reporting|mon|p3|m2|20|5||2018-01-01|",
    "+a reporting|std|p3|m2|20|5||2018-01-01|",
    "-d reporting|inc|province|m1|40|20|0.5||2017-12-31",
    "-d reporting|cap|province|m1|40|20|0.5||2017-12-31",
    "-d reporting|inc|province|m2|40|20|0.5|2018-01-01|",
    "-d reporting|cap|province|m2|40|20|0.5|2018-01-01|",

    "+6 calendar|rate|2018|2019-06-30|10",
    "+6 calendar|q@a|2018-Q4|2019-04-30|",
    "-6 calendar|cnt|2018|2019-03-05|0",

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

    "targets|pr|twice|twice|d1|2014|cap@a|c1 p3 n||||multiple|||||2014"
    "|40.0|d1|2021|line|||||2|1.8",
    "-d targets|pr|half|half|d1|2014|rate@a|c2 c5 p9 p1||||halving||||"
    "|2014|series||2020|line",
    "+d targets|pr|half|half|d1|2014|rate@a|c2 c5 p9 p1||||halving||||"
    "|2014|series||2020|line|||eurostat",
    "targets|pr|share|share|d1|2014|std@a|n p3 p9 c1||||share|60.0|"
    "|at_least||2014|10.0|d1|2020|line||5.0",
    "targets|pr|yearly|yearly|d2|2015|q@a|p3 n c1 c8||||count|300.0|"
    "|at_least|||||2018|||20.0",
    "-c targets|pr|total|total|d1|2014|cnt@a|p1 c3 n||||count|500|"
    "|at_least|||||2020|none|||||||programme",
    "+c targets|pr|total|total|d1|2014|cnt@a|p1 c3 n||||count|700|"
    "|at_least|||||2020|line||10|||||programme",
    "targets|pr|cap|cap|d1|2014|mon@a|c4 p3||||count|900||at_most||||"
    "|2018|none|||||||programme",
    "targets|pr|near|near|d1|2015|rate@a|p3 c3||||relative|1.5|"
    "|at_most|||||2020|none||0.10|||||||n",
    "targets|pr|beside|beside|d1|2015|rate@a|c1 c6||||relative||"
    "|at_most|||||2020|none||0.10||||||rate-em@a",
    "targets|pr|keep|keep|d1|2014|rate@a|c4 p2||||maintain|15.00|"
    "|at_most|||||2020|||0.25",
    "targets|pr|hold|hold|d1|2014|inc@a|c1 p3 n||||maintain|||at_least"
    "||2014|series||2020",
    "targets|pr|plan|plan|d1|2014|cap@a|c2 p3||||plan|90|||||||2021|||"
    "||||||||2015=50.0 2016=60.0 2018=80.5",
    "targets|pr|degree|degree|d1|2014|done@a|c5 c6||||plan|||||||"
    "|2020",
    "+e targets|pr|heir|heir|d2|2018|rate@a|p9||||level|9.00||at_most|"
    "|2017|20.00|d2|2021|line|||||||||||pr/half|p1",
    "targets|pr|monthly|monthly|d1|2015|mon@a|c1 p3 n||||level|150|"
    "|at_least||2017-12|90|d1|2018|line||5",
    "targets|pr|mean|mean|d1|2014|avg@a|c2 p1 p9 n||||level|10.00|"
    "|at_most||2016-Q4|series||2019|line||0.25",
    "targets|pr|groups|groups|d1|2014|rate@a||group|g|current|level"
    "|9.00||at_most||2014|30.00|d1|2020|line",

    "-6 rules|pr|level|2014|behind reversing missed|warning||1|1",
    "+6 rules|pr|level|2014|behind reversing missed at-risk|warning|data|2|2",
    "rules|pr|level|2014|at-risk|info||1|1",
    "-6 rules|pr|stones|2015|behind reversing missed|warning||2|1",
    "+6 rules|pr|stones|2015|behind reversing missed|warning|data|2|1",
    "-6 rules|pr|step|2014|behind reversing missed|warning||1|2",
    "+6 rules|pr|step|2014|behind reversing missed|warning|data|1|2",
    "-6 rules|pr|range|2014|behind missed at-risk|warning||1|1",
    "+6 rules|pr|range|2014|behind missed at-risk|warning|data|1|1",
    "-5 rules|pr|each|2014|behind reversing|warning||1|1",
    "-6 rules|pr|people|2014|behind reversing missed|warning||1|1",
    "+6 rules|pr|people|2014|behind reversing missed|warning|data|1|1",
    "rules|pr|count|2014|missed|info||1|1",
    "-6 rules|pr|twice|2014|behind reversing|warning||1|1",
    "+6 rules|pr|twice|2014|behind reversing|warning|data|1|1",
    "-6 rules|pr|half|2014|behind reversing missed at-risk|warning||1|2",
    "+6 rules|pr|half|2014|behind reversing missed at-risk|warning|data|1|2",
    "-6 rules|pr|yearly|2015|behind missed|warning||1|1",
    "+6 rules|pr|yearly|2015|behind missed|warning|data|1|1",
    "-6 rules|pr|near|2015|missed|warning||1|1",
    "+6 rules|pr|near|2015|missed|warning|data|1|1",
    "-6 rules|pr|keep|2014|behind reversing missed|warning||2|1",
    "+6 rules|pr|keep|2014|behind reversing missed|warning|data|2|1",
    "-6 rules|pr|plan|2014|missed|warning||1|1",
    "+6 rules|pr|plan|2014|missed|warning|data|1|1",
    "-6 rules|pr|mean|2014|behind reversing at-risk|warning||2|2",
    "+6 rules|pr|mean|2014|behind reversing at-risk|warning|data|2|2",
    "-6 rules|pr|groups|2014|behind reversing|warning||1|1",
    "+6 rules|pr|groups|2014|behind reversing|warning|data|1|1",
};

static bool
line_applies(const char **line, uint32_t variant)
{
	const char *at = *line;
	bool wanted = at[0] == '+';
	int bit;

	if (at[0] != '+' && at[0] != '-')
		return true;
	*line = at + 3;
	bit = at[1] >= 'a' ? at[1] - 'a' + 10 : at[1] - '0';
	return ((variant >> bit & 1) != 0) == wanted;
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
