/* Opening files by paths of clients, with openat2 and where it is forbidden. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "vm.h"

static char folder[] = "/tmp/sluice-open-XXXXXX";

/* What each path is, for each way to treat links; checked while it loads. */
static const char app[] =
    "local host = require('sluice.host')\n"
    "local function is(path, links, expected)\n"
    "  local guard, fd, size = host.open_in(FOLDER .. '/root', path, links)\n"
    "  local got = guard and 'size ' .. size or size\n"
    "  if guard then host.close_file(guard) end\n"
    "  assert(got == expected, path .. ' ' .. links .. ': ' .. got)\n"
    "end\n"
    "for _, links in ipairs({ 'none', 'inside', 'follow' }) do\n"
    "  is('file', links, 'size 4')\n"
    "  is('deep/er/file', links, 'size 4')\n"
    "  is('deep', links, 'folder')\n"
    "  is('deep/er', links, 'folder')\n"
    "  for _, path in ipairs({ '', '/', '/etc/passwd', '..', '../x',\n"
    "      'deep/../file', 'deep/er/../../../x', 'nothing', 'nothing/x',\n"
    "      'file/x', 'file/', 'file\\0', 'loop', 'fifo',\n"
    "      ('n'):rep(300), ('d/'):rep(3000) }) do\n"
    "    is(path, links, 'missing')\n"
    "  end\n"
    "end\n"
    "is('out', 'follow', 'size 4')\n"
    "for _, path in ipairs({ 'out', 'up/outside' }) do\n"
    "  is(path, 'inside', 'missing')\n"
    "  is(path, 'none', 'missing')\n"
    "end\n"
    "is('in', 'none', 'missing')\n"
    "is('in', 'inside', INSIDE)\n"
    "is('to/file', 'none', 'missing')\n"
    "is('to/file', 'inside', INSIDE)\n"
    "local _, why, kind = host.open_in(FOLDER .. '/gone', 'file', 'inside')\n"
    "assert(kind == 'error' and why:find('gone: No such file'), why)\n"
    "return require('sluice').new()\n";

static void in_folder(char *path, const char *name)
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static void make_file(const char *name)
{
    char path[128];
    FILE *file;

    in_folder(path, name);
    file = fopen(path, "w");
    CHECK(file != NULL && fputs("text", file) >= 0);
    fclose(file);
}

static void make_folder(const char *name)
{
    char path[128];

    in_folder(path, name);
    CHECK(mkdir(path, 0700) == 0);
}

static void make_link(const char *name, const char *target)
{
    char path[128];

    in_folder(path, name);
    CHECK(symlink(target, path) == 0);
}

static void check_paths(const char *inside)
{
    char path[128];
    char *error;
    FILE *file;
    vm v;

    in_folder(path, "app.lua");
    file = fopen(path, "w");
    CHECK(file != NULL);
    fprintf(file, "local FOLDER, INSIDE = '%s', '%s'\n%s", folder, inside, app);
    fclose(file);
    vm_open_with(&v, &sl_script_defaults, path, &error);
    if (v.script == NULL) {
        fail_msg("%s", error);
    }
    vm_close(&v);
}

static void no_path_leads_out_of_its_folder(void **state)
{
    check_paths("size 4");
}

/* As a sandbox that does not know the call; for the rest of the process. */
static void forbid_openat2(int answer)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof code[0], code};

    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
    CHECK(syscall(SYS_openat2, 0, "", NULL, 0) == -1 && errno == answer);
}

static void nor_where_the_kernel_does_not_help_but_links_end_there(void **state)
{
    forbid_openat2(ENOSYS);
    check_paths("missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_path_leads_out_of_its_folder),
        cmocka_unit_test(
            nor_where_the_kernel_does_not_help_but_links_end_there),
    };
    char command[64];
    char path[128];
    int failed;

    CHECK(mkdtemp(folder) != NULL);
    make_folder("root");
    make_folder("root/deep");
    make_folder("root/deep/er");
    make_file("outside");
    make_file("root/file");
    make_file("root/deep/er/file");
    make_link("root/in", "deep/er/file");
    make_link("root/to", "deep/er");
    make_link("root/out", "../outside");
    make_link("root/up", "..");
    make_link("root/loop", "loop");
    in_folder(path, "root/fifo");
    CHECK(mkfifo(path, 0600) == 0);

    failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? failed : 1;
}
