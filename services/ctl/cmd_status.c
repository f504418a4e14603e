#include "services/ctl/view.h"

#include <inttypes.h>
#include <string.h>

#include "services/ctl/as_of.h"
#include "services/ctl/beside.h"
#include "services/ctl/contested.h"

#define EXIT_USAGE 64

/* status, series, alerts, explain: each a query of one service. */

const struct ctl_option options_status[] = {
    {"programme", "P", {"only this programme", "chỉ chương trình này"}},
    {"target", "T", {"only this target", "chỉ mục tiêu này"}},
    {"indicator", "I", {"only this indicator", "chỉ chỉ tiêu này"}},
    {"unit", "U", {"only this unit", "chỉ đơn vị này"}},
    {"level", "L", {"only units of this level", "chỉ đơn vị cấp này"}},
    {"map", "M", {"only figures of this map", "chỉ số liệu của bản đồ này"}},
    {"at",
     "PERIOD",
     {"judge this period, not the last one", "đánh giá kỳ này"}},
    {"today",
     "DATE",
     {"judge as if it were this date", "đánh giá như thể hôm nay là ngày này"}},
    {"as-of",
     "T",
     {"what was said by then: a time, a date or commit:N",
      "những gì đã công bố đến lúc đó: thời điểm, ngày hay commit:N"}},
    {"methods",
     "LIST",
     {"what these methods say, or all: path, step, required-rate, eurostat, "
      "opensdg",
      "theo các phương pháp này, hoặc all: path, step, required-rate, "
      "eurostat, opensdg"}},
    {"ranks",
     NULL,
     {"rank the units of the target", "xếp hạng các đơn vị của mục tiêu"}},
    {NULL, NULL, {NULL, NULL}},
};

const struct ctl_option options_series[] = {
    {"map", "M", {"roll up in this map", "tổng hợp theo bản đồ này"}},
    {"from", "PERIOD", {"first period", "kỳ đầu"}},
    {"to", "PERIOD", {"last period", "kỳ cuối"}},
    {"as-of",
     "T",
     {"what was known then: commit:N, a time, or a date",
      "số liệu đã biết lúc đó: commit:N, thời điểm hoặc ngày"}},
    {"as-published",
     "DATE",
     {"only what had been released by then",
      "chỉ số liệu đã công bố đến ngày đó"}},
    {"versions",
     NULL,
     {"every version, not the figure in force", "mọi phiên bản"}},
    {NULL, NULL, {NULL, NULL}},
};

const struct ctl_option options_alerts[] = {
    {"programme", "P", {"only this programme", "chỉ chương trình này"}},
    {"target", "T", {"only this target", "chỉ mục tiêu này"}},
    {"unit", "U", {"only this unit", "chỉ đơn vị này"}},
    {"history", NULL, {"ended ones too", "cả cảnh báo đã kết thúc"}},
    {"as-of",
     "T",
     {"those of then: a time, a date or commit:N",
      "cảnh báo lúc đó: thời điểm, ngày hay commit:N"}},
    {NULL, NULL, {NULL, NULL}},
};

const struct ctl_option options_explain[] = {
    {"at",
     "PERIOD",
     {"judge this period, not the last one", "đánh giá kỳ này"}},
    {NULL, NULL, {NULL, NULL}},
};

static const struct view_column status_columns[] = {
    {"unit_name", {"unit", "đơn vị"}, false},
    {"target", {"target", "mục tiêu"}, false},
    {"period", {"period", "kỳ"}, false},
    {"value", {"value", "giá trị"}, true},
    {"target_value", {"target value", "mức mục tiêu"}, true},
    {"path", {"path", "lộ trình"}, true},
    {"gap", {"gap", "chênh lệch"}, true},
    {"verdict", {"verdict", "đánh giá"}, false},
    {"reason", {"reason", "lý do"}, false},
    {"timeliness", {"timeliness", "thời hạn"}, false},
    {"contested", {"contested", "mâu thuẫn"}, false},
    {"rank", {"rank", "hạng"}, true},
    {"rank_of", {"of", "trên"}, true},
    {"unranked", {"unranked", "không xếp hạng"}, false},
    {"notes", {"note", "ghi chú"}, false},
    {.name = NULL},
};

static const char *const status_fields[] = {"programme",
                                            "target",
                                            "indicator",
                                            "unit",
                                            "unit_name",
                                            "map",
                                            "period",
                                            "value",
                                            "status",
                                            "released",
                                            "expected",
                                            "target_value",
                                            "target_first_value",
                                            "target_period",
                                            "base",
                                            "base_period",
                                            "path",
                                            "margin",
                                            "gap",
                                            "verdict",
                                            "reason",
                                            "final",
                                            "timeliness",
                                            "expected_by",
                                            "last_verdict",
                                            "last_period",
                                            "achieved_period",
                                            "method",
                                            "pace",
                                            "required_pace",
                                            "projected_period",
                                            "coverage.reporting",
                                            "coverage.expected",
                                            "contested",
                                            "derived",
                                            "target_document",
                                            "value_document",
                                            "source",
                                            "as_of",
                                            "commit",
                                            "said_commit",
                                            "notes",
                                            "rank",
                                            "rank_of",
                                            "unranked",
                                            "projection.ols",
                                            "projection.theil_sen",
                                            "projection.low",
                                            "projection.high",
                                            "methods.path.value",
                                            "methods.path.category",
                                            "methods.path.verdict",
                                            "methods.path.refused",
                                            "methods.step.value",
                                            "methods.step.category",
                                            "methods.step.verdict",
                                            "methods.step.refused",
                                            "methods.required-rate.value",
                                            "methods.required-rate.category",
                                            "methods.required-rate.verdict",
                                            "methods.required-rate.refused",
                                            "methods.eurostat.value",
                                            "methods.eurostat.category",
                                            "methods.eurostat.verdict",
                                            "methods.eurostat.refused",
                                            "methods.opensdg.value",
                                            "methods.opensdg.category",
                                            "methods.opensdg.verdict",
                                            "methods.opensdg.refused",
                                            NULL};

static const struct view status_view = {
    .service = CTL_ALERT,
    .what = "status",
    .columns = status_columns,
    .fields = status_fields,
    .counted = "verdict",
    .footnote = "notes",
    .below = beside_lines,
    .nothing = {"no target is in force for this",
                "không có mục tiêu nào đang hiệu lực"},
};

static const struct view_column series_columns[] = {
    {"unit_name", {"unit", "đơn vị"}, false},
    {"period", {"period", "kỳ"}, false},
    {"value", {"value", "giá trị"}, true},
    {"numerator", {"numerator", "tử số"}, true},
    {"denominator", {"denominator", "mẫu số"}, true},
    {"bound", {"bound", "dấu"}, false},
    {"status", {"status", "loại"}, false},
    {"state", {"state", "trạng thái"}, false},
    {"open", {"open because", "chưa đủ vì"}, false},
    {"map", {"map", "bản đồ"}, false},
    {"reported", {"reported", "báo cáo"}, true},
    {"rolled_up", {"rolled up", "tổng hợp"}, true},
    {"source", {"source", "nguồn"}, false},
    {"document", {"document", "văn bản"}, false},
    {"released", {"released", "công bố"}, false},
    {"coverage.reporting", {"reporting", "đã báo cáo"}, true},
    {"coverage.expected", {"expected", "phải báo cáo"}, true},
    {"derived", {"derived", "suy ra"}, false},
    {"contested", {"contested", "mâu thuẫn"}, false},
    {"version", {"version", "phiên bản"}, true},
    {"action", {"action", "thao tác"}, false},
    {"flags", {"flags", "ghi chú"}, false},
    {"not_formed", {"not formed", "chưa tính được"}, false},
    {.name = NULL},
};

static const char *const series_fields[] = {"indicator",
                                            "unit",
                                            "unit_name",
                                            "map",
                                            "period",
                                            "value",
                                            "numerator",
                                            "denominator",
                                            "bound",
                                            "status",
                                            "state",
                                            "source",
                                            "document",
                                            "received",
                                            "released",
                                            "coverage.reporting",
                                            "coverage.expected",
                                            "coverage.weight",
                                            "open",
                                            "comparable_with",
                                            "comparable_units",
                                            "comparable_before",
                                            "comparable_now",
                                            "reported",
                                            "rolled_up",
                                            "contested",
                                            "derived",
                                            "flags",
                                            "version",
                                            "action",
                                            "commit",
                                            "not_formed",
                                            NULL};

static const struct view series_view = {
    .service = CTL_AGGREGATE,
    .what = "series",
    .columns = series_columns,
    .fields = series_fields,
    .nothing = {"no figures", "không có số liệu"},
};

/* Of a version: when it came, and with what. */
static const struct view_column versions_columns[] = {
    {"unit_name", {"unit", "đơn vị"}, false},
    {"period", {"period", "kỳ"}, false},
    {"version", {"version", "phiên bản"}, true},
    {"action", {"action", "thao tác"}, false},
    {"value", {"value", "giá trị"}, true},
    {"numerator", {"numerator", "tử số"}, true},
    {"denominator", {"denominator", "mẫu số"}, true},
    {"bound", {"bound", "dấu"}, false},
    {"status", {"status", "loại"}, false},
    {"source", {"source", "nguồn"}, false},
    {"document", {"document", "văn bản"}, false},
    {"released", {"released", "công bố"}, false},
    {"received", {"received", "nhận lúc"}, false},
    {"commit", {"commit", "commit"}, true},
    {"flags", {"flags", "ghi chú"}, false},
    {.name = NULL},
};

static const struct view versions_view = {
    .service = CTL_AGGREGATE,
    .what = "series",
    .columns = versions_columns,
    .fields = series_fields,
    .nothing = {"no figures", "không có số liệu"},
};

static const struct view_column alerts_columns[] = {
    {"severity", {"severity", "mức độ"}, false},
    {"state", {"state", "trạng thái"}, false},
    {"unit", {"unit", "đơn vị"}, false},
    {"target", {"target", "mục tiêu"}, false},
    {"verdict", {"verdict", "đánh giá"}, false},
    {"reason", {"reason", "lý do"}, false},
    {"since", {"since", "từ kỳ"}, false},
    {"summary", {"summary", "tóm tắt"}, false},
    {.name = NULL},
};

static const char *const alerts_fields[] = {
    "fingerprint", "alertname", "programme", "target",         "indicator",
    "unit",        "level",     "map",       "severity",       "audience",
    "state",       "verdict",   "reason",    "since",          "commit",
    "delivered",   "units",     "summary",   "revised_period", "value_old",
    "value_new",   NULL};

static const struct view alerts_view = {
    .service = CTL_ALERT,
    .what = "alerts",
    .columns = alerts_columns,
    .fields = alerts_fields,
    .nothing = {"no open alerts", "không có cảnh báo"},
};

static const struct view_column explain_columns[] = {
    {"line", {"", ""}, false},
    {.name = NULL},
};

static const char *const explain_fields[] = {"line", NULL};

static const struct view explain_view = {
    .service = CTL_ALERT,
    .what = "explain",
    .columns = explain_columns,
    .fields = explain_fields,
};

/* The options that are arguments of the same name. */
static void
args_of_options(const struct ctl *ctl, struct wire_writer *args)
{
	for (const struct ctl_option *o = ctl->command->options; o->name; o++)
		if (o->value && strncmp(o->name, "as-", 3) != 0)
			view_arg_option(ctl, args, o->name, o->name);
}

/* --as-of as the number of a commit. -1: go on; else the exit code. */
static int
arg_as_of(const struct ctl *ctl, struct wire_writer *args)
{
	const char *text = ctl_option(ctl, "as-of");
	uint64_t commit = 0;
	char number[24];
	int code;

	if (text == NULL)
		return -1;
	code = as_of_parse(ctl, text, &commit);
	if (code >= 0)
		return code;
	(void)snprintf(number, sizeof(number), "%" PRIu64, commit);
	wire_args_add(args, "as_of", span_str(number));
	return -1;
}

static int
show(const struct ctl *ctl, const struct view *view, struct wire_writer *args)
{
	enum err err = buf_err(&args->out);
	int code = err == ERR_OK ? view_show(ctl, view, wire_writer_list(args))
	                         : ctl_fail(ctl, err, view->what);

	wire_writer_fini(args);
	return code;
}

/* A verdict of another period or day was not said then. */
static int
as_of_alone(const struct ctl *ctl)
{
	static const struct words words = {
	    "tells what was said by then; it can't be asked together with",
	    "cho biết những gì đã công bố đến lúc đó; không dùng chung với"};
	static const char *const others[] = {"at", "today", "methods", "ranks"};

	if (!ctl_option(ctl, "as-of"))
		return -1;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!ctl_option(ctl, others[i]))
			continue;
		fprintf(ctl->err, "tiendo: --as-of %s --%s\n",
		        ctl_words(ctl, words), others[i]);
		return EXIT_USAGE;
	}
	return -1;
}

/* Ranks are of the units of one target. */
static int
ranks_of_one(const struct ctl *ctl)
{
	static const struct words words = {
	    "ranks the units of one target; name it with",
	    "xếp hạng các đơn vị của một mục tiêu; hãy nêu bằng"};

	if (!ctl_option(ctl, "ranks") || ctl_option(ctl, "target"))
		return -1;
	fprintf(ctl->err, "tiendo: --ranks %s --target T\n",
	        ctl_words(ctl, words));
	return EXIT_USAGE;
}

int
cmd_status(struct ctl *ctl)
{
	struct wire_writer args;
	int code = as_of_alone(ctl);

	if (code < 0)
		code = ranks_of_one(ctl);
	if (code >= 0)
		return code;
	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	args_of_options(ctl, &args);
	if (ctl_option(ctl, "ranks"))
		wire_args_add(&args, "ranks", span_str("yes"));
	code = arg_as_of(ctl, &args);
	if (code < 0)
		return show(ctl, &status_view, &args);
	wire_writer_fini(&args);
	return code;
}

/* Verdicts are of what is known now. */
static int
show_series(const struct ctl *ctl, struct wire_writer *args)
{
	struct view view = series_view;
	struct contested contested;
	int code;

	contested_init(&contested, ctl);
	if (!ctl_option(ctl, "as-of") && !ctl_option(ctl, "as-published"))
		view.contested = &contested;
	code = show(ctl, &view, args);
	contested_fini(&contested);
	return code;
}

int
cmd_series(struct ctl *ctl)
{
	const char *published = ctl_option(ctl, "as-published");
	bool versions = ctl_option(ctl, "versions") != NULL;
	struct wire_writer args;
	int code = ctl_operands_long(ctl);

	if (code >= 0)
		return code;
	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	wire_args_add(&args, "indicator", span_str(ctl->operands[0]));
	wire_args_add(&args, "unit", span_str(ctl->operands[1]));
	args_of_options(ctl, &args);
	if (published)
		wire_args_add(&args, "as_published", span_str(published));
	if (versions)
		wire_args_add(&args, "versions", span_str("yes"));
	code = arg_as_of(ctl, &args);
	if (code < 0)
		return versions ? show(ctl, &versions_view, &args)
		                : show_series(ctl, &args);
	wire_writer_fini(&args);
	return code;
}

int
cmd_alerts(struct ctl *ctl)
{
	struct wire_writer args;
	int code;

	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	args_of_options(ctl, &args);
	wire_args_add(&args, "lang", span_str(ctl->vi ? "vi" : "en"));
	if (ctl_option(ctl, "history"))
		wire_args_add(&args, "all", span_str("yes"));
	code = arg_as_of(ctl, &args);
	if (code < 0)
		return show(ctl, &alerts_view, &args);
	wire_writer_fini(&args);
	return code;
}

int
cmd_explain(struct ctl *ctl)
{
	struct wire_writer args;
	int code = ctl_operands_long(ctl);

	if (code >= 0)
		return code;
	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	wire_args_add(&args, "target", span_str(ctl->operands[0]));
	wire_args_add(&args, "unit", span_str(ctl->operands[1]));
	wire_args_add(&args, "lang", span_str(ctl->vi ? "vi" : "en"));
	args_of_options(ctl, &args);
	return show(ctl, &explain_view, &args);
}
