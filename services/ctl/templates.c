#include "services/ctl/templates.h"

static const char programme[] =
    "programme: pov-2021-2025\n"
    "name: {vi: \"Giảm nghèo bền vững\", en: \"Poverty reduction\"}\n"
    "period: {from: 2021, to: 2025}\n"
    "targets:\n"
    "- target: ha-giang-step\n"
    "  text: \"giảm 4%/năm\"          # as printed\n"
    "  document: decision-1\n"
    "  in_force_from: 2021\n"
    "  indicator: pov-hh@c2022\n"
    "  units: [ha-giang]             # or level: province, map: \"2021\"\n"
    "  kind: step\n"
    "  at_least: \"4.0\"               # decimals are quoted text\n"
    "  steps: mean                   # or each\n"
    "  base: {period: 2020, value: \"22.29\", document: decision-1}\n"
    "  due: 2025\n"
    "  path: line                    # steps, none, or milestones\n"
    "  alerts: [{when: [behind, reversing, missed], severity: warning, "
    "after: 1, clear: 1}]\n";

static const char *const examples[CAT_KINDS] = {
    [CAT_UNIT] = "ha-giang,02,Hà Giang,Ha Giang,province,province,,"
                 "2025-06-30\n",
    [CAT_MAP] = "2021,Bản đồ 63 tỉnh,Map of the 63 provinces,vn,territory,,"
                "2025-06-30\n",
    [CAT_MEMBER] = "2021,ha-giang,vn,,,\n",
    [CAT_INDICATOR] =
        "pov-hh,c2022,Tỷ lệ hộ nghèo,Poor household rate,%,2,100,down,all,"
        "households,,,,,ratio,last,none,A,0,100,,,,,2021-12-31,\n",
    [CAT_REPORTING] = "pov-hh,province,2021,60,30,,,\n",
    [CAT_CALENDAR] = "pov-hh,2024,2025-03-15,15\n",
    [CAT_SOURCE] = "office,Sở Lao động,ha-giang,2021,pov-*,A,P,1,yes\n",
    [CAT_DOCUMENT] =
        "decision-1,1/QĐ-UBND,2021-01-04,2021-01-04,UBND tỉnh,Kế hoạch,,,\n",
    [CAT_MAPPING] = "abcDEF12345,default,default,,pov-hh@c2022\n",
    [CAT_PROGRAMME] = programme,
    [CAT_TARGET] = programme,
    [CAT_RULE] = programme,
};

const char *
template_example(enum cat_kind kind)
{
	return examples[kind];
}
