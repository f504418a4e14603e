#include "services/ctl/terms.h"

#include <stddef.h>
#include <string.h>

static const char *const errs[ERR_COUNT] = {
    [ERR_OK] = "không có lỗi",
    [ERR_AGAIN] = "chưa được; hãy thử lại",
    [ERR_NOT_FOUND] = "không có mục này",
    [ERR_NOMEM] = "hết bộ nhớ",
    [ERR_IO] = "đọc hoặc ghi đĩa không được",
    [ERR_STORAGE_FULL] = "hết chỗ trên đĩa; chưa nhận gì",
    [ERR_CORRUPT] = "dữ liệu lưu trữ bị hỏng",
    [ERR_VERSION] = "do phiên bản mới hơn ghi; tệp được giữ nguyên",
    [ERR_IN_USE] = "một tiến trình khác đang dùng thư mục dữ liệu này",
    [ERR_OVERLOADED] = "quá tải, hãy chờ",
    [ERR_UNAVAILABLE] = "dịch vụ không trả lời",
    [ERR_CONF] = "cấu hình sai",
    [ERR_USAGE] = "gọi lệnh sai",
    [ERR_DIFFERS] = "hai cách tính cùng một việc cho kết quả khác nhau",
    [ERR_REFUSED] = "dòng hoặc danh mục bị từ chối",
    [ERR_CLOCK_SUSPECT] = "đồng hồ đã nhảy",
    [ERR_BAD_MESSAGE] = "không phải thông điệp của giao thức này",
    [ERR_TRUNCATED] = "thông điệp bị cắt ngắn",
    [ERR_TRAILING] = "còn byte thừa sau thông điệp",
    [ERR_TOO_DEEP] = "lồng quá sâu",
    [ERR_TOO_LARGE] = "lớn hơn mức cho phép",
    [ERR_BAD_TYPE] = "giá trị sai kiểu",
    [ERR_BAD_TEXT] = "văn bản không phải UTF-8",
    [ERR_BAD_VALUE] = "giá trị nằm ngoài mức cho phép",
    [ERR_MISSING_FIELD] = "thiếu trường bắt buộc",
    [ERR_DUPLICATE_FIELD] = "một trường xuất hiện hai lần",
    [ERR_UNKNOWN_TYPE] = "không có loại thông điệp này",
    [ERR_PROTOCOL_VERSION] = "không biết phiên bản giao thức này",
    [ERR_SEQUENCE_REUSED] = "số thứ tự này đã dùng cho nội dung khác",
    [ERR_SEQUENCE_GAP] = "thiếu một số thứ tự",
    [ERR_TOO_OLD] = "đã quá lâu, không còn biết đã nhận hay chưa",
    [ERR_FENCED] = "nguồn gửi này đã có kỷ nguyên mới hơn",
    [ERR_NO_HELLO] = "HELLO phải đến trước",
    [ERR_UNKNOWN_POSITION] = "ở đây không có nhật ký, thế hệ hay commit này",
    [ERR_CATALOGUE_CHANGED] = "danh mục đã thay đổi sau khi được đọc",
    [ERR_NO_CATALOGUE] = "chưa có danh mục nào được áp dụng",
    [ERR_DEMO_ONLY] = "đây là thư mục dữ liệu trình diễn",
    [ERR_UNKNOWN_INDICATOR] = "chỉ tiêu chưa được khai báo",
    [ERR_UNKNOWN_DEFINITION] = "định nghĩa chưa được khai báo",
    [ERR_AMBIGUOUS_DEFINITION] = ("ở đây có nhiều định nghĩa cùng hiệu lực, "
                                  "hãy ghi rõ: chỉ-tiêu@định-nghĩa"),
    [ERR_NO_DEFINITION] = ("không có định nghĩa nào hiệu lực cho đơn vị và kỳ "
                           "này"),
    [ERR_UNKNOWN_UNIT] = "đơn vị chưa được khai báo",
    [ERR_UNIT_NOT_VALID] = ("đơn vị không còn hoặc chưa hiệu lực vào ngày cuối "
                            "kỳ"),
    [ERR_BAD_PERIOD] = "không phải là một kỳ",
    [ERR_BAD_FREQUENCY] = "kỳ không đúng tần suất của chỉ tiêu",
    [ERR_BAD_NUMBER] = "không phải số thập phân",
    [ERR_TOO_PRECISE] = "nhiều chữ số thập phân hơn khai báo",
    [ERR_OUT_OF_RANGE] = "nằm ngoài giới hạn của chỉ tiêu",
    [ERR_NO_VALUE] = "không có giá trị, cũng không có tử số và mẫu số",
    [ERR_HALF_PARTS] = "tử số và mẫu số phải đi cùng nhau",
    [ERR_ZERO_DENOMINATOR] = "tử số trên mẫu số 0 không có giá trị",
    [ERR_NOT_WHOLE] = "phải là số nguyên",
    [ERR_BAD_BOUND] = "dấu không thuộc = > >= < <= ~",
    [ERR_BAD_STATUS] = "loại số liệu không thuộc A P E F M",
    [ERR_STATUS_TOO_HIGH] = "loại số liệu cao hơn mức nguồn được ghi",
    [ERR_UNKNOWN_SOURCE] = "nguồn chưa được khai báo",
    [ERR_NOT_ENTITLED] = "nguồn không được báo cáo chỉ tiêu này cho đơn vị này",
    [ERR_UNKNOWN_DOCUMENT] = "văn bản chưa được khai báo",
    [ERR_BAD_DATE] = "không phải ngày tháng",
    [ERR_BAD_ACTION] = "thao tác không thuộc merge delete",
    [ERR_FUTURE_PERIOD] = "số liệu quan sát của một kỳ chưa kết thúc",
    [ERR_CONFLICT] = ("hai giá trị khác nhau cho cùng khóa và loại trong một "
                      "khối"),
    [ERR_UNKNOWN_COLUMN] = "không biết cột này",
    [ERR_BAD_CSV] = "không phải CSV theo RFC 4180",
    [ERR_MISSING_WITH_NUMBER] =
        "loại M nói là không có số liệu nên không kèm số",
    [ERR_MEAN_WITH_NUMERATOR] =
        "bình quân gia quyền có giá trị và trọng số, không có tử số",
    [ERR_UNKNOWN_REFERENCE] = "trỏ tới mục chưa được khai báo",
    [ERR_DUPLICATE_ID] = "khai báo hai lần",
    [ERR_OVERLAP] = "các thời hạn hiệu lực chồng nhau",
    [ERR_BAD_WEIGHTS] = "tổng trọng số của một đơn vị khác 1000000",
    [ERR_CYCLE] = "đơn vị nằm dưới chính nó",
    [ERR_NO_ROOT_PATH] = "không lên tới gốc của bản đồ đúng một lần",
    [ERR_UNKNOWN_KEY] = "không biết khóa này",
    [ERR_BAD_YAML] = "không phải YAML",
    [ERR_IN_FORCE] = "có số liệu phụ thuộc: hãy đặt ngày kết thúc, không xóa",
};

const char *
term_err(enum err err, bool vi)
{
	const char *text = vi && (unsigned)err < ERR_COUNT ? errs[err] : NULL;

	return text != NULL ? text : err_text(err);
}

static const struct {
	const char *code;
	const char *vi;
} terms[] = {
    /* verdicts */
    {"undecided", "chưa kết luận"},
    {"achieved", "đạt"},
    {"missed", "không đạt"},
    {"on-track", "đúng tiến độ"},
    {"at-risk", "có nguy cơ chậm"},
    {"behind", "chậm tiến độ"},
    {"reversing", "đi ngược"},
    /* why undecided, unranked or refused by a method */
    {"no_plan_figure", "không có số kế hoạch"},
    {"unit_abolished", "đơn vị bị bãi bỏ"},
    {"other_definition", "định nghĩa khác"},
    {"other_scope", "phạm vi khác"},
    {"forecast_only", "chỉ có dự báo"},
    {"no_figure", "không có số liệu"},
    {"partial", "chưa đủ"},
    {"under_floor", "dưới mức sàn"},
    {"too_few", "mẫu số quá nhỏ"},
    {"inexact", "không chính xác"},
    {"no_base", "không có gốc"},
    {"no_path", "không có lộ trình"},
    {"other_version", "phiên bản khác"},
    {"other_period", "kỳ khác"},
    {"not_released", "chưa công bố"},
    {"no_target", "không có mức đích"},
    {"no_time", "không có khoảng thời gian"},
    {"zero", "có số bằng 0"},
    {"sign_change", "đổi dấu"},
    {"no_distance", "không có khoảng cách"},
    {"no_time_left", "hết thời gian"},
    {"no_progress", "chưa tiến bước nào"},
    {"out_of_range", "ngoài giới hạn"},
    /* categories of methods */
    {"on_path", "đúng lộ trình"},
    {"off_path", "lệch lộ trình"},
    {"moving_away", "xa dần đích"},
    {"step_made", "đủ bước"},
    {"step_short", "thiếu bước"},
    {"rate_suffices", "nhịp đủ"},
    {"acceleration_needed", "cần tăng tốc"},
    {"significant_progress", "tiến bộ rõ rệt"},
    {"moderate_progress", "tiến bộ vừa phải"},
    {"insufficient_progress", "tiến bộ chưa đủ"},
    {"movement_away", "xa dần đích"},
    {"on_track", "đúng hướng"},
    {"progress_needs_acceleration", "có tiến bộ, cần tăng tốc"},
    {"limited_progress", "tiến bộ hạn chế"},
    {"deterioration", "xấu đi"},
    {"target_achieved", "đã đạt đích"},
    /* timeliness */
    {"current", "đã có"},
    {"due", "chưa đến hạn"},
    {"late", "chậm"},
    {"not-expected", "không ai phải nộp"},
    /* states of figures, and why a roll-up is open */
    {"open", "chưa đủ"},
    {"provisional", "tạm"},
    {"released", "đã công bố"},
    {"nobody_expected", "không ai phải nộp"},
    {"no_place", "có đơn vị không có chỗ"},
    {"differs", "lệch nhau"},
    {"ratio_mismatch", "tỷ số không khớp"},
    {"delete", "xóa"},
    {"yes", "có"},
    /* what gives nothing to a roll-up */
    {"nothing to add up", "không cộng được"},
    {"no value", "không có giá trị"},
    {"no numerator and denominator", "không có tử số và mẫu số"},
    {"no value and weight", "không có giá trị và trọng số"},
    {"neither counted nor with parts", "không được đếm, không có tử và mẫu"},
    {"no figure", "không có số liệu"},
    {"known to be missing", "biết là thiếu"},
    {"forecast only", "chỉ có dự báo"},
    /* alerts */
    {"inactive", "không có"},
    {"pending", "đang chờ"},
    {"firing", "đang báo"},
    {"resolved", "đã hết"},
    {"recovered", "đã trở lại đúng tiến độ"},
    {"revised", "số liệu được sửa"},
    {"closed", "đã khép lại"},
    {"successor", "chuyển cho đơn vị kế thừa"},
    {"target_changed", "chỉ tiêu được điều chỉnh"},
    {"definition_changed", "định nghĩa thay đổi"},
    {"rule_changed", "quy tắc thay đổi"},
    {"source_withdrew", "nguồn rút số liệu"},
    {"info", "thông tin"},
    {"warning", "cảnh báo"},
    {"critical", "nghiêm trọng"},
};

const char *
term_of(struct span code)
{
	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
		if (span_equal(span_str(terms[i].code), code))
			return terms[i].vi;
	return NULL;
}

/* --- under a column ------------------------------------------------------- */

/* What parts the codes of a text, and what stands before each; NULL: one code. */
static const struct column {
	const char *name;
	const char *between;
	const char *after;
} columns[] = {
    {"verdict", NULL, NULL},    {"reason", NULL, NULL},
    {"timeliness", NULL, NULL}, {"unranked", NULL, NULL},
    {"state", NULL, NULL},      {"open", NULL, NULL},
    {"severity", NULL, NULL},   {"action", NULL, NULL},
    {"category", NULL, NULL},   {"refused", NULL, NULL},
    {"contested", NULL, NULL},  {"flags", " ", NULL},
    {"not_formed", "; ", ": "},
};

static const struct column *
column_of(const char *name)
{
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (strcmp(columns[i].name, name) == 0)
			return &columns[i];
	return NULL;
}

/* Bytes up to a separator; all without one. */
static size_t
up_to(struct span text, const char *separator)
{
	const uint8_t *at =
	    separator == NULL
	        ? NULL
	        : memmem(text.ptr, text.len, separator, strlen(separator));

	return at == NULL ? text.len : (size_t)(at - text.ptr);
}

static struct span
behind(struct span text, size_t n)
{
	return n < text.len ? span_of(text.ptr + n, text.len - n)
	                    : span_of(text.ptr, 0);
}

static void
put_part(struct buf *out, const struct column *column, struct span part)
{
	size_t before = up_to(part, column->after);
	const char *words;

	if (column->after != NULL && before < part.len) {
		before += strlen(column->after);
		buf_put(out, part.ptr, before);
		part = behind(part, before);
	}
	words = term_of(part);
	if (words != NULL)
		buf_put_str(out, words);
	else
		buf_put(out, part.ptr, part.len);
}

/* "Tuyên Quang (to 2025-06)": the validity behind a name that several units have
 * had (R6); a name may hold what it likes before the last bracket. */
static bool
put_validity(struct buf *out, struct span text)
{
	static const struct {
		const char *en;
		const char *vi;
	} words[] = {{" (from ", " (từ "}, {" (to ", " (đến "}};
	const uint8_t *open = memrchr(text.ptr, '(', text.len);
	size_t at = open != NULL ? (size_t)(open - text.ptr) : 0;

	for (size_t i = 0; at > 0 && i < 2; i++) {
		size_t n = strlen(words[i].en);

		if (text.len - (at - 1) <= n ||
		    memcmp(open - 1, words[i].en, n) != 0)
			continue;
		buf_put(out, text.ptr, at - 1);
		buf_put_str(out, words[i].vi);
		buf_put(out, text.ptr + at - 1 + n, text.len - (at - 1) - n);
		return true;
	}
	return false;
}

bool
term_put(struct buf *out, const char *column_name, struct span text)
{
	const struct column *column = column_of(column_name);

	if (strcmp(column_name, "unit_name") == 0 && text.len > 0)
		return put_validity(out, text);
	if (column == NULL || text.len == 0)
		return false;
	while (text.len > 0) {
		size_t n = up_to(text, column->between);

		put_part(out, column, span_of(text.ptr, n));
		if (n < text.len) {
			buf_put_str(out, ", ");
			n += strlen(column->between);
		}
		text = behind(text, n);
	}
	return true;
}

void
term_put_problem(struct buf *out, const char *problem)
{
	size_t n = strcspn(problem, ": ");
	enum err err = err_from_name(problem, n);
	const char *rest = problem + n;
	size_t text;

	buf_put(out, problem, n);
	if (err == ERR_COUNT) {
		buf_put_str(out, rest);
		return;
	}
	text = strlen(err_text(err));
	buf_printf(out, ": %s", term_err(err, true));
	if (strncmp(rest, ": ", 2) == 0 &&
	    strncmp(rest + 2, err_text(err), text) == 0)
		rest += 2 + text;
	buf_put_str(out, rest);
}
