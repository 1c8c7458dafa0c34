package worker

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// forbidden are the system calls that a child has no use for once it runs: the network, files, other processes, and
// what changes the kernel or this process's place in it. They fail with EPERM.
var forbidden = strings.Fields(`
	socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg
	open openat openat2 open_by_handle_at creat memfd_create link linkat symlink symlinkat unlink unlinkat rename renameat
	renameat2 mkdir mkdirat rmdir mknod mknodat chmod fchmod fchmodat chown fchown fchownat lchown truncate utimensat
	mount umount2 move_mount fsopen open_tree pivot_root chroot swapon swapoff quotactl name_to_handle_at fanotify_init
	execve execveat fork vfork kill tkill pidfd_open pidfd_getfd pidfd_send_signal ptrace process_vm_readv
	process_vm_writev process_madvise kcmp
	bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key request_key unshare setns
	init_module finit_module delete_module kexec_load kexec_file_load reboot personality acct syslog sethostname
	setdomainname iopl ioperm modify_ldt settimeofday clock_settime adjtimex setuid setgid setreuid setregid setresuid
	setresgid setfsuid setfsgid setgroups capset`)

// cloneThread is CLONE_THREAD: clone makes threads of this process, and nothing else.
const cloneThread = 0x10000

// sandbox takes the privileges and the system calls away that are left, for good and from all threads. It returns what
// the kernel doesn't let it take, empty for nothing.
func sandbox() (missing string) {
	_, _ = time.Now().Zone() // reads the time zone, which is a file
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	info, err := arch.GetInfo("")
	if err != nil {
		return withoutFilter(err)
	}
	group := seccomp.SyscallGroup{Action: seccomp.ActionErrno}
	// The flags of clone3 can't be looked at. The C library makes do with clone where there is none.
	absent := seccomp.SyscallGroup{Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS), Names: []string{"clone3"}}
	for _, name := range forbidden {
		if _, known := info.SyscallNames[name]; known { // each architecture has its own
			group.Names = append(group.Names, name)
		}
	}
	if runtime.GOARCH != "s390x" { // where the flags are the second argument
		group.NamesWithCondtions = []seccomp.NameWithConditions{{
			Name: "clone", Conditions: seccomp.ArgumentConditions{{Argument: 0, Operation: seccomp.BitsNotSet,
				Value: cloneThread}},
		}}
	}
	err = seccomp.LoadFilter(seccomp.Filter{
		NoNewPrivs: true, Flag: seccomp.FilterFlagTSync, // the flag gives all threads no_new_privs too
		Policy: seccomp.Policy{DefaultAction: seccomp.ActionAllow, Syscalls: []seccomp.SyscallGroup{absent, group}},
	})
	if err != nil {
		return withoutFilter(err)
	}
	return ""
}

// withoutFilter at least keeps the thread that runs rules from gaining privileges, which threads that it starts
// inherit.
func withoutFilter(err error) string {
	missing := fmt.Sprintf("no filter on system calls: %v", err)
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		missing += fmt.Sprintf("; new privileges: %v", err)
	}
	return missing
}

// nobody is the user and the group that own nothing.
const nobody = 65534

// another returns what starts a child as another user, nil where this process may not change it.
func another() *credential {
	if os.Geteuid() != 0 {
		return nil
	}
	return &credential{Uid: nobody, Gid: nobody}
}

// keepDescriptors has no child inherit what this process may have inherited itself: all that it opens is closed anyway.
func keepDescriptors() error {
	const first = 3 // behind the standard ones
	err := unix.CloseRange(first, ^uint(0), unix.CLOSE_RANGE_CLOEXEC)
	if !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EPERM) {
		return err
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("list the open descriptors: %w", err)
	}
	for _, fd := range open {
		if n, err := strconv.Atoi(fd.Name()); err == nil && n >= first {
			syscall.CloseOnExec(n)
		}
	}
	return nil
}
