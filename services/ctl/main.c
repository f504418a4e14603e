#include <locale.h>

#include "services/ctl/args.h"
#include "services/ctl/ctl.h"

const struct ctl_option options_none[] = {{NULL, NULL, {NULL, NULL}}};

const struct ctl_command ctl_commands[] = {
    {"up",
     "",
     {"start all services on this machine, stop them with Ctrl-C",
      "chạy mọi dịch vụ trên máy này, dừng bằng Ctrl-C"},
     options_up,
     0,
     0,
     cmd_up},
    {"catalogue",
     "check DIR | apply DIR | show [KIND [ID]] | template KIND",
     {"check, apply and show definitions: units, indicators, targets",
      "kiểm tra, áp dụng, xem danh mục: đơn vị, chỉ tiêu, mục tiêu"},
     options_catalogue,
     1,
     3,
     cmd_catalogue},
    {"send",
     "FILE...",
     {"send figures from CSV files ('-': standard input)",
      "gửi số liệu từ tệp CSV ('-': đầu vào chuẩn)"},
     options_send,
     1,
     10000,
     cmd_send},
    {"status",
     "",
     {"verdicts on targets, headed by their counts",
      "đánh giá tiến độ các mục tiêu, kèm số đếm"},
     options_status,
     0,
     0,
     cmd_status},
    {"series",
     "INDICATOR UNIT",
     {"one series, reported and rolled up",
      "một chuỗi số liệu, báo cáo và tổng hợp"},
     options_series,
     2,
     2,
     cmd_series},
    {"alerts",
     "",
     {"open alerts", "cảnh báo đang mở"},
     options_alerts,
     0,
     0,
     cmd_alerts},
    {"explain",
     "TARGET UNIT",
     {"one verdict in words, with its whole arithmetic",
      "giải thích một đánh giá, kèm toàn bộ phép tính"},
     options_explain,
     2,
     2,
     cmd_explain},
    {"health",
     "",
     {"are all services ready? exit code and one line",
      "mọi dịch vụ sẵn sàng chưa? mã thoát và một dòng"},
     options_none,
     0,
     0,
     cmd_health},
    {"stats",
     "",
     {"commits, lags and sizes, on one screen",
      "commit, độ trễ và kích thước, trên một màn hình"},
     options_none,
     0,
     0,
     cmd_stats},
    {"verify",
     "",
     {"fold the journal a second time, compare figures and verdicts",
      "tính lại toàn bộ nhật ký theo cách khác rồi so sánh"},
     options_none,
     0,
     0,
     cmd_verify},
    {.name = NULL},
};

int
main(int argc, char **argv, char **envp)
{
	struct ctl ctl = {
	    .clock = clock_real(), .envp = envp, .out = stdout, .err = stderr};
	int code;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	code = args_parse(&ctl, argc, argv);
	if (code < 0)
		code = ctl.command->run(&ctl);
	if (fflush(stdout) != 0 && code == 0)
		code = ctl_fail(&ctl, ERR_IO, "standard output");
	return code;
}
