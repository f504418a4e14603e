#include "services/ctl/view.h"

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
    {NULL, NULL, {NULL, NULL}},
};

const struct ctl_option options_series[] = {
    {"map", "M", {"roll up in this map", "tổng hợp theo bản đồ này"}},
    {"from", "PERIOD", {"first period", "kỳ đầu"}},
    {"to", "PERIOD", {"last period", "kỳ cuối"}},
    {NULL, NULL, {NULL, NULL}},
};

const struct ctl_option options_alerts[] = {
    {"programme", "P", {"only this programme", "chỉ chương trình này"}},
    {"target", "T", {"only this target", "chỉ mục tiêu này"}},
    {"unit", "U", {"only this unit", "chỉ đơn vị này"}},
    {"history", NULL, {"ended ones too", "cả cảnh báo đã kết thúc"}},
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
                                            "coverage",
                                            "contested",
                                            "derived",
                                            "target_document",
                                            "value_document",
                                            "source",
                                            "as_of",
                                            "commit",
                                            NULL};

static const struct view status_view = {
    .service = CTL_ALERT,
    .what = "status",
    .columns = status_columns,
    .fields = status_fields,
    .counted = "verdict",
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
    {"map", {"map", "bản đồ"}, false},
    {"reported", {"reported", "báo cáo"}, true},
    {"rolled_up", {"rolled up", "tổng hợp"}, true},
    {"source", {"source", "nguồn"}, false},
    {"document", {"document", "văn bản"}, false},
    {"released", {"released", "công bố"}, false},
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
                                            "reported",
                                            "rolled_up",
                                            "contested",
                                            "derived",
                                            "flags",
                                            "version",
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
    "fingerprint", "programme", "target",   "indicator", "unit",    "level",
    "map",         "severity",  "audience", "state",     "verdict", "reason",
    "since",       "commit",    "summary",  NULL};

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
		if (o->value)
			view_arg_option(ctl, args, o->name, o->name);
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

int
cmd_status(struct ctl *ctl)
{
	struct wire_writer args;

	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	args_of_options(ctl, &args);
	return show(ctl, &status_view, &args);
}

int
cmd_series(struct ctl *ctl)
{
	struct wire_writer args;

	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	wire_args_add(&args, "indicator", span_str(ctl->operands[0]));
	wire_args_add(&args, "unit", span_str(ctl->operands[1]));
	args_of_options(ctl, &args);
	return show(ctl, &series_view, &args);
}

int
cmd_alerts(struct ctl *ctl)
{
	struct wire_writer args;

	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	args_of_options(ctl, &args);
	if (ctl_option(ctl, "history"))
		wire_args_add(&args, "all", span_str("yes"));
	return show(ctl, &alerts_view, &args);
}

int
cmd_explain(struct ctl *ctl)
{
	struct wire_writer args;

	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	wire_args_add(&args, "target", span_str(ctl->operands[0]));
	wire_args_add(&args, "unit", span_str(ctl->operands[1]));
	wire_args_add(&args, "lang", span_str(ctl->vi ? "vi" : "en"));
	args_of_options(ctl, &args);
	return show(ctl, &explain_view, &args);
}
