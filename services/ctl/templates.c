#include "services/ctl/templates.h"

/* All of them together are one catalogue, which a test checks. */

static const char units[] =
    "vn,,Việt Nam,Viet Nam,nation,nation,,\n"
    "ha-giang,02,Hà Giang,Ha Giang,province,province,,2025-06-30\n"
    "tuyen-quang,08,Tuyên Quang,Tuyen Quang,province,province,,2025-06-30\n"
    "tuyen-quang-2025,08,Tuyên Quang,Tuyen "
    "Quang,province,province,2025-07-01,\n"
    "commune-00700,00700,Xã Lũng Cú,Lung Cu,commune,commune,,\n";

static const char maps[] =
    "2021,Bản đồ 63 tỉnh,Map of the 63 provinces,vn,territory,,2025-06-30\n"
    "2025,Bản đồ 34 tỉnh,Map of the 34 provinces,vn,territory,2025-07-01,\n";

static const char membership[] =
    "2021,ha-giang,vn,,,\n"
    "2021,tuyen-quang,vn,,,\n"
    "2021,commune-00700,ha-giang,,,\n"
    "2025,tuyen-quang-2025,vn,,,\n"
    "2025,ha-giang,tuyen-quang-2025,,,2025-06-30\n"
    "2025,tuyen-quang,tuyen-quang-2025,,,2025-06-30\n"
    "2025,commune-00700,tuyen-quang-2025,,2025-07-01,\n";

static const char indicators[] =
    "pov-hh,c2022,Tỷ lệ hộ nghèo,Poor household "
    "rate,%,2,100,down,all,households,,,,,ratio,last,none,A,0,100,0.05,,,,2020-"
    "12-31,\n"
    "road,v1,Đường làm mới,Roads "
    "built,km,1,,up,all,roads,,,,,sum,sum,none,A,0,,,,,,,\n"
    "water,v1,Hộ có nước sạch,Households with clean "
    "water,%,2,100,up,all,households,,,,,ratio,last,none,A,0,100,,,,,,\n"
    "standard,v1,Xã đạt chuẩn,Communes that meet the "
    "standard,%,2,100,up,all,commune,,,,,share,last,none,A,0,100,,,,>=19,,\n";

static const char reporting[] = "pov-hh,province,2021,60,30,0.95,,\n";

static const char calendar[] = "pov-hh,2024,2025-03-15,15\n";

static const char sources[] =
    "office,Sở Lao động,ha-giang,2021,pov-*,A,P,1,yes\n"
    "statistics,Cục Thống kê,,,*,A,A,2,\n";

static const char documents[] =
    "decision-1,1/QĐ-UBND,2021-01-04,2021-01-04,UBND tỉnh,Kế hoạch giảm "
    "nghèo,,,\n"
    "decision-2,9/QĐ-UBND,2025-12-20,,UBND tỉnh,Kế hoạch giảm nghèo "
    "2026-2030,,,\n";

static const char mappings[] = "abcDEF12345,default,default,,pov-hh@c2022\n";

static const char programme[] =
    "# One programme a file. Decimals are quoted text, as printed; periods are "
    "not.\n"
    "# Unknown keys are errors. Entries with one `target` and different "
    "`in_force_from`\n"
    "# are its versions.\n"
    "programme: pov-2021-2025\n"
    "name: {vi: \"Giảm nghèo bền vững 2021-2025\", en: \"Sustainable poverty "
    "reduction 2021-2025\"}\n"
    "period: {from: 2021, to: 2025}\n"
    "targets:\n"
    "# --- keys of every target ---\n"
    "- target: ha-giang-step\n"
    "  text: \"giảm 4%/năm\"             # as printed, mandatory\n"
    "  document: decision-1            # of documents.csv, mandatory\n"
    "  in_force_from: 2021             # first period that it judges, "
    "mandatory\n"
    "  indicator: pov-hh@c2022         # with its definition where there are "
    "several\n"
    "  units: [ha-giang]               # whom the document binds; or\n"
    "                                  #   level: province and map: \"2021\"\n"
    "                                  #   members: base (at the base date) or "
    "current\n"
    "  kind: step                      # see the kinds below\n"
    "  at_least: \"4.0\"                 # at_least, at_most (inclusive), "
    "above, below\n"
    "                                  #   (strict), or range: [\"3.0\", "
    "\"4.0\"]\n"
    "  steps: mean                     # kind step: mean over the years, or "
    "each year\n"
    "  base: {period: 2020, value: \"22.29\", document: decision-1}\n"
    "                                  # or value: series, base: series with "
    "base_period\n"
    "  due: 2025                       # mandatory\n"
    "  path: line                      # line, steps, none, or\n"
    "                                  #   milestones: {2023: \"15.00\"}\n"
    "  margin: \"0.01\"                  # default: one unit of the last "
    "decimal\n"
    "  method: path                    # or eurostat, opensdg\n"
    "  reference: no                   # yes: for comparison only, never "
    "judged\n"
    "  alerts:                         # at most one a severity\n"
    "  - when: [behind, reversing, missed]\n"
    "    severity: warning             # info, warning, critical (operations "
    "only)\n"
    "    audience: programme           # programme, data, operations\n"
    "    after: 1                      # released periods before it fires\n"
    "    clear: 1                      # released periods before it ends\n";

static const char kinds[] =
    "# --- kinds ---\n"
    "- target: vn-level                # a level by a date\n"
    "  text: \"dưới 3% vào năm 2025\"\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: pov-hh@c2022\n"
    "  units: [vn]\n"
    "  kind: level\n"
    "  below: \"3.00\"\n"
    "  base: {period: 2020, value: \"9.35\", document: decision-1}\n"
    "  due: 2025\n"
    "  milestones: {2023: \"6.00\", 2024: \"4.50\"}\n"
    "- target: roads-multiple          # a multiple of the base; factor: "
    "[\"1.3\", \"1.5\"] a range\n"
    "  text: \"tăng 1,3 lần so với năm 2020\"\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: road@v1\n"
    "  units: [ha-giang]\n"
    "  kind: multiple\n"
    "  factor: \"1.3\"\n"
    "  base: {period: 2020, value: \"120.0\", document: decision-1}\n"
    "  due: 2025\n"
    "- target: halving                 # half of the base\n"
    "  text: \"giảm một nửa\"\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: pov-hh@c2022\n"
    "  units: [ha-giang]\n"
    "  kind: halving\n"
    "  base: {period: 2020, value: \"22.29\", document: decision-1}\n"
    "  due: 2025\n"
    "- target: none-left               # nothing left\n"
    "  text: \"cơ bản không còn hộ nghèo\"\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: pov-hh@c2022\n"
    "  units: [tuyen-quang]\n"
    "  kind: zero\n"
    "  due: 2025\n"
    "- target: every-household         # all of them: numerator = denominator, "
    "or the natural bound\n"
    "  text: \"100% hộ dân\"\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: water@v1\n"
    "  units: [ha-giang]\n"
    "  kind: all\n"
    "  due: 2025\n"
    "- target: share                   # share of units that meet the "
    "indicator's criterion\n"
    "  text: \"50% số xã đạt chuẩn\"\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: standard@v1\n"
    "  units: [ha-giang]\n"
    "  kind: share\n"
    "  at_least: \"50.00\"\n"
    "  due: 2025\n"
    "- target: roads-a-year            # a number every year; per: programme "
    "for all together\n"
    "  text: \"mỗi năm ít nhất 100 km\"\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: road@v1\n"
    "  units: [ha-giang]\n"
    "  kind: count\n"
    "  per: year\n"
    "  at_least: \"100.0\"\n"
    "  due: 2025\n"
    "- target: faster-than-nation      # against another unit, another "
    "indicator, or both\n"
    "  text: \"không quá 1,5 lần cả nước\"\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: pov-hh@c2022\n"
    "  units: [ha-giang]\n"
    "  kind: relative\n"
    "  relative_to: {unit: vn}         # indicator: id@definition\n"
    "  at_most: \"1.5\"                  # times that of the other\n"
    "  due: 2025\n"
    "- target: keep                    # not worse than a number, or than the "
    "base\n"
    "  text: \"duy trì mức năm 2020\"\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: water@v1\n"
    "  units: [tuyen-quang]\n"
    "  kind: maintain\n"
    "  base: {period: 2020, value: \"91.00\", document: decision-1}\n"
    "  due: 2025\n"
    "- target: roads-plan              # per cent of a plan, year by year\n"
    "  text: \"hoàn thành kế hoạch hằng năm\"\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: road@v1\n"
    "  units: [ha-giang]\n"
    "  kind: plan\n"
    "  at_least: \"100\"\n"
    "  plan: {2024: \"110.0\", 2025: \"120.0\"}\n"
    "  due: 2025\n"
    "- target: completed               # n of n by a date, or a completion "
    "record\n"
    "  text: \"hoàn thành trong năm 2025\"\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: water@v1\n"
    "  units: [ha-giang]\n"
    "  kind: complete\n"
    "  due: 2025\n"
    "- target: heir                    # takes the place of an abolished "
    "unit's target\n"
    "  text: \"dưới 5% vào năm 2030\"\n"
    "  document: decision-2\n"
    "  in_force_from: 2026\n"
    "  indicator: pov-hh@c2022\n"
    "  units: [tuyen-quang-2025]\n"
    "  kind: level\n"
    "  below: \"5.00\"\n"
    "  due: 2030\n"
    "  successor_of: {target: pov-2021-2025/halving, units: [ha-giang]}\n";

static const char *const examples[CAT_KINDS] = {
    [CAT_UNIT] = units,          [CAT_MAP] = maps,
    [CAT_MEMBER] = membership,   [CAT_INDICATOR] = indicators,
    [CAT_REPORTING] = reporting, [CAT_CALENDAR] = calendar,
    [CAT_SOURCE] = sources,      [CAT_DOCUMENT] = documents,
    [CAT_MAPPING] = mappings,    [CAT_PROGRAMME] = programme,
    [CAT_TARGET] = programme,    [CAT_RULE] = programme,
};

const char *
template_example(enum cat_kind kind, int part)
{
	if (part == 0)
		return examples[kind];
	return part == 1 && examples[kind] == programme ? kinds : NULL;
}
