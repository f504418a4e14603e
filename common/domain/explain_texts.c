#include "common/domain/explain_parts.h"

#include <string.h>

static const char *const texts[TEXTS][LANGS] = {
    [TEXT_TITLE_PLAIN] = {"{0}: {2}, {3}, kỳ {4}", "{0}: {2}, {3}, {4}"},
    [TEXT_TITLE] = {"{0} ({1}): {2}, {3}, kỳ {4}", "{0} ({1}): {2}, {3}, {4}"},
    [TEXT_FINAL] = {" - kết luận cuối cùng", " - final"},
    [TEXT_TARGET] = {"Chỉ tiêu: \"{0}\"; đến hạn {1}",
                     "Target: \"{0}\"; due {1}"},
    [TEXT_TARGET_DOCUMENT] = {"Văn bản giao chỉ tiêu: {0}",
                              "Document of the target: {0}"},
    [TEXT_TARGET_FIRST] = {"Chỉ tiêu đã được điều chỉnh: ban đầu {0}, nay {1}",
                           "The target was changed: first {0}, now {1}"},
    [TEXT_FIGURE] = {"Số liệu: {0} cho kỳ {1}, mức {2}, công bố {3}",
                     "Figure: {0} for {1}, status {2}, released {3}"},
    [TEXT_FIGURE_ROLLED] = {"Số liệu: {0} cho kỳ {1}, mức {2}, tổng hợp",
                            "Figure: {0} for {1}, status {2}, rolled up"},
    [TEXT_FIGURE_BOUND] =
        {"Số liệu không chính xác: \"{0} {1}\"; chỉ kết luận "
         "theo chiều mà nó chứng tỏ",
         "The figure is inexact: \"{0} {1}\"; it decides only "
         "in the direction it supports"},
    [TEXT_FIGURE_PARTS] = {"Tử số {0}, mẫu số {1}",
                           "Numerator {0}, denominator {1}"},
    [TEXT_FIGURE_DOCUMENT] = {"Văn bản của số liệu: {0}",
                              "Document of the figure: {0}"},
    [TEXT_NO_FIGURE] = {"Số liệu: không có cho kỳ {0}", "Figure: none for {0}"},
    [TEXT_BASE] = {"Gốc so sánh: {0}, kỳ {1}", "Base: {0}, {1}"},
    [TEXT_BASE_DOCUMENT] = {"Văn bản của gốc: {0}",
                            "Document of the base: {0}"},
    [TEXT_MILESTONE] = {"Mốc đang áp dụng: {0}, của kỳ {1}",
                        "Milestone that holds: {0}, of {1}"},
    [TEXT_MEASURE] = {"So với: {0} của {1}, kỳ {2}",
                      "Held against: {0} of {1}, {2}"},
    [TEXT_ACHIEVED_SINCE] = {"Đạt liên tục từ kỳ {0}",
                             "Achieved without a break since {0}"},
    [TEXT_NO_PATH_CHANGE] =
        {"chỉ tiêu nêu mức thay đổi tính đến kỳ {0} nên chỉ đánh giá ở kỳ đó; "
         "trước đó không có lộ trình, và không suy ra mức nào",
         "the target names a change up to {0}, so it is judged in that period "
         "only; before it there is no path, and no level is derived"},
    [TEXT_GAPS] = {"Các kỳ còn thiếu số liệu chính xác: ",
                   "Periods without an exact figure: "},
    [TEXT_GAPS_MORE] = {"; và {0} kỳ nữa", "; and {0} more"},
    [TEXT_CONTESTED] = {"Số báo cáo và số tổng hợp cho kết luận khác nhau",
                        "The reported and the rolled-up figure give different "
                        "verdicts"},
    [TEXT_ARITHMETIC] = {"Phép tính:", "Arithmetic:"},
    [TEXT_DECIDED] = {"Quy tắc quyết định: {0}", "Decided by: {0}"},
    [TEXT_CHANGE] = {"Điều gì làm thay đổi kết luận: ",
                     "What would change it: "},
    [TEXT_CHANGE_AT_MOST] =
        {"số liệu không quá {0} cho kỳ {1} sẽ cho kết luận {2}",
         "a figure of at most {0} for {1} would make it {2}"},
    [TEXT_CHANGE_AT_LEAST] =
        {"số liệu ít nhất {0} cho kỳ {1} sẽ cho kết luận {2}",
         "a figure of at least {0} for {1} would make it {2}"},
    [TEXT_CHANGE_MORE] = {"số liệu trên {0} cho kỳ {1} sẽ cho kết luận {2}",
                          "a figure of more than {0} for {1} would make it "
                          "{2}"},
    [TEXT_CHANGE_LESS] = {"số liệu dưới {0} cho kỳ {1} sẽ cho kết luận {2}",
                          "a figure of less than {0} for {1} would make it "
                          "{2}"},
    [TEXT_CHANGE_ENDS_DOWN] = {"số liệu trên {0} cho kỳ {1} thì không còn đạt",
                               "a figure of more than {0} for {1} would no "
                               "longer be achieved"},
    [TEXT_CHANGE_ENDS_UP] =
        {"số liệu dưới {0} cho kỳ {1} thì không còn đạt",
         "a figure of less than {0} for {1} would no longer "
         "be achieved"},
    [TEXT_CHANGE_STEP] =
        {"số liệu kỳ {0} (nay {1}) được sửa để bước của năm đó "
         "đạt {2}",
         "a revised figure for {0} (now {1}) that brings the "
         "step of that year to {2}"},
    [TEXT_CHANGE_YEAR_LEAST] =
        {"số liệu kỳ {0} (nay {1}) được sửa thành ít nhất {2}",
         "a revised figure for {0} (now {1}) of at least {2}"},
    [TEXT_CHANGE_YEAR_MOST] =
        {"số liệu kỳ {0} (nay {1}) được sửa thành không quá {2}",
         "a revised figure for {0} (now {1}) of at most {2}"},
    [TEXT_CHANGE_YEARS] = {"số liệu chính xác của mọi năm của chương trình, "
                           "hoặc số liệu khác của các năm trước",
                           "exact figures of every year of the programme, or "
                           "other figures of the years before"},
    [TEXT_CHANGE_COUNT_ZERO] = {"tử số bằng 0 là đạt, khác 0 là chưa đạt",
                                "it is met with a numerator of 0, and with no "
                                "other"},
    [TEXT_CHANGE_COUNT_ALL] = {"tử số bằng mẫu số là đạt, nhỏ hơn là chưa đạt",
                               "it is met when the numerator equals the "
                               "denominator, and not before"},
    [TEXT_CHANGE_STAYS] = {"một số liệu mới nói khác đi",
                           "a figure that says otherwise"},
    [TEXT_CHANGE_GAPS] = {"số liệu chính xác của mọi kỳ còn thiếu",
                          "an exact figure of every such period"},
    [TEXT_CHANGE_AT_DUE] = {"số liệu của kỳ {0}", "a figure of {0}"},
    [TEXT_TIMELY] = {"Thời hạn báo cáo: {0}", "Timeliness: {0}"},
    [TEXT_EXPECTED] = {"; hạn {0}, coi là chậm sau {1}",
                       "; expected by {0}, late after {1}"},
    [TEXT_LAST] = {"Kết luận gần nhất: {0}, kỳ {1}",
                   "Last decided verdict: {0}, {1}"},
    [TEXT_REPRODUCE] =
        {"Tái lập: tiendo status --target {0} --unit {1} --at {2}",
         "Reproduce: tiendo status --target {0} --unit {1} --at "
         "{2}"},
    [TEXT_SUMMARY] = {"{0}: {1}, {2}, kỳ {3}: {4}", "{0}: {1}, {2}, {3}: {4}"},
    [TEXT_SUMMARY_REVISED] = {" (kỳ {0}: {1} thành {2})",
                              " ({0}: {1} became {2})"},
    [TEXT_SUMMARY_WITHDRAWN] = {" (kỳ {0}: {1})", " ({0}: {1})"},
    [TEXT_SUMMARY_GONE] = {" (kỳ {0}: {1} nay không được tính: chưa đủ, "
                           "chưa chính xác hoặc chưa công bố)",
                           " ({0}: {1} counts no longer: incomplete, inexact "
                           "or not released)"},
};

static const char *const words[VERDICT_KINDS][LANGS] = {
    [VERDICT_UNDECIDED] = {"chưa kết luận", "undecided"},
    [VERDICT_ACHIEVED] = {"đạt", "achieved"},
    [VERDICT_MISSED] = {"không đạt", "missed"},
    [VERDICT_ON_TRACK] = {"đúng tiến độ", "on track"},
    [VERDICT_AT_RISK] = {"có nguy cơ chậm", "at risk"},
    [VERDICT_BEHIND] = {"chậm tiến độ", "behind"},
    [VERDICT_REVERSING] = {"đi ngược", "reversing"},
};

static const char *const rules[VERDICT_RULES][LANGS] = {
    [RULE_STAYS] =
        {"đã đạt thì giữ, cho đến khi có số liệu nói khác",
         "once met it stays achieved, until a figure says otherwise"},
    [RULE_UNDECIDED] = {"chưa đủ căn cứ kết luận", "nothing can be decided"},
    [RULE_DUE] =
        {"kỳ đến hạn đã có số liệu; biên độ không được tính",
         "the due period has its figure; the margin does not help here"},
    [RULE_MET_EARLY] = {"toàn bộ chỉ tiêu đã đạt trước hạn",
                        "the whole target is met before it is due"},
    [RULE_LOST] = {"đã từng đạt và nay không còn đạt",
                   "it was achieved and no longer is"},
    [RULE_UNDER_BASE] = {"xấu hơn gốc so sánh quá biên độ",
                         "worse than the base by more than the margin"},
    [RULE_TURNED] = {"lệch lộ trình và xấu hơn kỳ trước, đều quá biên độ",
                     "off the path and worse than the previous figure, each by "
                     "more than the margin"},
    [RULE_OFF_PATH] = {"xấu hơn lộ trình quá biên độ",
                       "worse than the path by more than the margin"},
    [RULE_STEP_FAILED] = {"bước của một năm trước đó không đạt, quá biên độ",
                          "the step of an earlier year fell short by more than "
                          "the margin"},
    [RULE_NEAR_PATH] = {"xấu hơn lộ trình nhưng trong biên độ",
                        "worse than the path, within the margin"},
    [RULE_SLOW] = {"theo kịp lộ trình, nhưng bước gần nhất dưới nhịp cần thiết "
                   "đến hạn",
                   "on the path, but the last step is under the pace required "
                   "from here to the due period"},
    [RULE_ON_PATH] = {"theo kịp lộ trình và nhịp cần thiết",
                      "on or ahead of the path and of the required pace"},
    [RULE_RATIO] = {"theo ngưỡng đã công bố của phương pháp tỷ số",
                    "the published thresholds of the ratio method"},
};

static const char *const reasons[REASONS][LANGS] = {
    [REASON_NONE] = {"", ""},
    [REASON_NO_PLAN_FIGURE] = {"văn bản không in con số chỉ tiêu",
                               "the document prints no number for the target"},
    [REASON_UNIT_ABOLISHED] = {"đơn vị đã bị bãi bỏ trước hạn",
                               "the unit was abolished before the due period"},
    [REASON_OTHER_DEFINITION] =
        {"chỉ có số liệu theo định nghĩa khác",
         "there is a figure of another definition only"},
    [REASON_OTHER_SCOPE] = {"chỉ có số liệu của phạm vi khác",
                            "there is a figure of another scope only"},
    [REASON_FORECAST_ONLY] = {"chỉ có số dự báo", "there is a forecast only"},
    [REASON_NO_FIGURE] = {"không có số liệu", "there is no figure"},
    [REASON_PARTIAL] = {"chỉ có số tổng hợp, chưa xác nhận đủ đơn vị",
                        "there is a roll-up only, not known to be complete"},
    [REASON_UNDER_FLOOR] = {"độ phủ dưới mức sàn",
                            "the coverage is under its floor"},
    [REASON_TOO_FEW] = {"mẫu số quá nhỏ", "the denominator is too small"},
    [REASON_INEXACT] = {"số liệu không đủ chính xác cho phép so sánh này",
                        "the figure is too inexact for this comparison"},
    [REASON_NO_BASE] = {"không có gốc so sánh", "there is no base"},
    [REASON_NO_PATH] = {"không có lộ trình; chỉ kết luận ở kỳ đến hạn",
                        "there is no path; it is judged at the due period"},
};

static const char *const remedies[REASONS][LANGS] = {
    [REASON_NONE] = {"", ""},
    [REASON_NO_PLAN_FIGURE] = {"con số chỉ tiêu với văn bản của nó",
                               "the number of the target with its document"},
    [REASON_UNIT_ABOLISHED] =
        {"số liệu của địa bàn cũ ở kỳ đến hạn, hoặc một đơn vị kế thừa có văn "
         "bản",
         "a figure of the old territory at the due period, or a successor with "
         "a document"},
    [REASON_OTHER_DEFINITION] =
        {"số liệu quan sát theo đúng định nghĩa của chỉ "
         "tiêu",
         "an observed figure of the target's own "
         "definition"},
    [REASON_OTHER_SCOPE] = {"số liệu quan sát theo đúng phạm vi của chỉ tiêu",
                            "an observed figure of the target's own scope"},
    [REASON_FORECAST_ONLY] = {"số liệu quan sát của kỳ đó",
                              "an observed figure of that period"},
    [REASON_NO_FIGURE] = {"số liệu quan sát của kỳ đó",
                          "an observed figure of that period"},
    [REASON_PARTIAL] = {"báo cáo của chính đơn vị đó",
                        "a report of the unit itself"},
    [REASON_UNDER_FLOOR] = {"báo cáo của các đơn vị còn thiếu",
                            "the reports of the units that are missing"},
    [REASON_TOO_FEW] = {"một mẫu số đủ lớn", "a denominator that is large "
                                             "enough"},
    [REASON_INEXACT] = {"số liệu chính xác", "an exact figure"},
    [REASON_NO_BASE] = {"số liệu chính xác của kỳ gốc",
                        "an exact figure of the base period"},
    [REASON_NO_PATH] =
        {"số liệu của kỳ đến hạn, hoặc đạt toàn bộ chỉ tiêu trước "
         "hạn",
         "a figure of the due period, or the whole target met "
         "before"},
};

static const char *const timely[TIMELINESSES][LANGS] = {
    [TIMELINESS_CURRENT] = {"đã có số liệu của kỳ",
                            "the period has its figure"},
    [TIMELINESS_DUE] = {"chưa đến hạn nộp", "due, not late yet"},
    [TIMELINESS_LATE] = {"nộp chậm", "late"},
    [TIMELINESS_NOT_EXPECTED] = {"không đơn vị nào phải nộp",
                                 "nobody owes the figure"},
};

static const char *const alert_reasons[ALERT_REASONS][LANGS] = {
    [ALERT_REASON_NONE] = {"", ""},
    [ALERT_RECOVERED] = {"đã trở lại đúng tiến độ", "recovered"},
    [ALERT_REVISED] = {"số liệu được sửa", "revised"},
    [ALERT_ACHIEVED] = {"đã đạt", "achieved"},
    [ALERT_CLOSED] = {"đã khép lại", "closed"},
    [ALERT_UNIT_ABOLISHED] = {"đơn vị bị bãi bỏ", "unit abolished"},
    [ALERT_SUCCESSOR] = {"chuyển cho đơn vị kế thừa",
                         "passed to the successor"},
    [ALERT_TARGET_CHANGED] = {"chỉ tiêu được điều chỉnh", "target changed"},
    [ALERT_DEFINITION_CHANGED] = {"định nghĩa thay đổi", "definition changed"},
    [ALERT_RULE_CHANGED] = {"quy tắc cảnh báo thay đổi", "rule changed"},
    [ALERT_SOURCE_WITHDREW] = {"nguồn rút số liệu",
                               "source withdrew the figure"},
};

const char *
text_of(enum text id, enum lang lang)
{
	return texts[id][lang];
}

const char *
rule_text(enum verdict_rule rule, enum lang lang)
{
	return rules[rule][lang];
}

const char *
reason_text(enum verdict_reason reason, enum lang lang)
{
	return reasons[reason][lang];
}

const char *
remedy_text(enum verdict_reason reason, enum lang lang)
{
	return remedies[reason][lang];
}

const char *
timeliness_text(enum timeliness t, enum lang lang)
{
	return timely[t][lang];
}

const char *
alert_reason_text(enum alert_reason reason, enum lang lang)
{
	return alert_reasons[reason][lang];
}

const char *
verdict_word(enum verdict_kind kind, enum lang lang)
{
	return words[kind][lang];
}

enum lang
lang_parse(struct span text)
{
	if (span_equal(text, span_str("vi")))
		return LANG_VI;
	return span_equal(text, span_str("en")) ? LANG_EN : LANGS;
}

void
put_filled(struct buf *out, const char *sentence, const char *const *args,
           unsigned n)
{
	while (*sentence != '\0') {
		const char *open = strchr(sentence, '{');
		unsigned i;

		if (open == NULL) {
			buf_put_str(out, sentence);
			return;
		}
		buf_put(out, sentence, (size_t)(open - sentence));
		i = (unsigned)(open[1] - '0');
		if (i < n)
			buf_put_str(out, args[i]);
		sentence = open + 3;
	}
}
