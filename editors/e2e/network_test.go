//go:build e2e && linux

package e2e

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	traps "github.com/airside-ls/airside/gitsync/hostile"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// The namespaces of TestE2EAddresses: the user's machine, and that of everybody else.
const (
	userNet  = "airside-user"
	hostsNet = "airside-hosts"
	hostsIP  = "10.99.8.1"
	gitHost  = "git.airside.test"
)

// TestE2EAddresses records every packet of a machine on which somebody completes,
// reviews, comments and syncs: the addresses are those that `airside doctor
// --network` prints, names being looked up included. A hostile folder adds none.
func TestE2EAddresses(t *testing.T) {
	twoMachines(t)
	serveNames(t, map[string]string{gitHost: hostsIP})
	w, a, b := newWorld(t)
	daemon := exec.Command("ip", "netns", "exec", hostsNet, "git", "daemon", "--reuseaddr", "--listen="+hostsIP,
		"--export-all", "--enable=receive-pack", "--base-path="+w.dir, w.dir)
	daemon.Env = w.env
	must(t, daemon.Start())
	t.Cleanup(func() { daemon.Process.Kill(); daemon.Wait() })
	remote := "git://" + gitHost + "/remote.git"
	eventually(t, "git daemon", func() bool {
		cmd := exec.Command("ip", "netns", "exec", userNet, "git", "ls-remote", remote)
		cmd.Env = w.env
		return cmd.Run() == nil
	})
	a.git("remote", "set-url", "origin", remote)
	env := append(slices.Clone(w.env), "AIRSIDE_OPENAI_URL=http://"+hostsIP+":8000", "AIRSIDE_OLLAMA_URL=http://127.0.0.1:11434")
	folder := hostileFolderOf(t, hostsIP+":7777")

	seen := record(t)
	listed := addressesByDoctor(t, env, a.dir)
	if inHostile := addressesByDoctor(t, env, folder.Dir); !slices.Equal(inHostile, listed) {
		t.Errorf("in a hostile folder doctor prints %v, elsewhere %v", inHostile, listed)
	}
	if got := seen.addresses(); len(got) > 0 {
		t.Errorf("doctor --network contacted %v", got)
	}

	a.write("load.go", vscodeSource)
	user := startUser(t, env, a.dir)
	file := lsptest.FileURI(a.path("load.go"))
	at := strings.Index(vscodeSource, "{\n") + 2
	user.Open(file, "go", vscodeSource)
	if _, err := user.InlineCompletion(file, at, true, nil).Wait(); err != nil { // by the model in the binary
		t.Fatal(err)
	}
	model := &scriptedModel{answer: func(string, bool) string { return "return nil" }}
	asked := make(chan struct{}, 1000)
	listenAt(t, hostsIP+":8000", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/completions" {
			asked <- struct{}{}
		}
		model.ServeHTTP(w, r)
	}))
	eventually(t, "the model's server to be asked", func() bool {
		user.Change(file, at, at, "\n")
		_, err := user.InlineCompletion(file, at, true, nil).Wait()
		return err == nil && len(asked) > 0
	})
	for _, command := range []map[string]any{
		{"command": "airside.review", "arguments": []any{map[string]any{"scope": "worktree"}}},
		{"command": "airside.comment.list"},
	} {
		if _, err := user.Request("workspace/executeCommand", command).Wait(); err != nil {
			t.Fatalf("%v: %v", command["command"], err)
		}
	}
	inUserNet(t, env, a.dir, "comments", "add", "f:1", "-m", "why?")
	a.commit("work")
	eventually(t, "the commit and the comment at the remote", func() bool {
		user.Request("workspace/executeCommand", map[string]any{"command": "airside.sync.now"}).Wait()
		tip, _ := w.tryGit(w.remote, nil, "rev-parse", "main")
		refs, _ := w.tryGit(w.remote, nil, "for-each-ref", "--format=%(refname)")
		return tip == a.git("rev-parse", "HEAD") && strings.Contains(refs, "refs/airside/")
	})
	stranger := startUser(t, env, folder.Dir)
	stranger.Open(lsptest.FileURI(filepath.Join(folder.Dir, "load.go")), "go", vscodeSource)
	if _, err := stranger.InlineCompletion(lsptest.FileURI(filepath.Join(folder.Dir, "load.go")), at, true, nil).Wait(); err != nil {
		t.Error(err)
	}
	if _, err := stranger.Request("workspace/executeCommand", map[string]any{"command": "airside.comment.list"}).Wait(); err != nil {
		t.Error(err)
	}
	b.sync()

	contacted := seen.addresses()
	t.Logf("contacted: %v", contacted)
	if !slices.Equal(contacted, listed) {
		t.Errorf("contacted\n%s\nbut doctor --network prints\n%s", strings.Join(contacted, "\n"), strings.Join(listed, "\n"))
	}
	folder.Check()
}

func hostileFolderOf(t *testing.T, host string) *traps.Folder { return traps.Make(t, folder(t), host) }

// twoMachines are two network namespaces with a cable between them.
func twoMachines(t *testing.T) {
	t.Helper()
	ip := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	for _, ns := range []string{hostsNet, userNet} {
		exec.Command("ip", "netns", "del", ns).Run() // of a test that was killed
		ip("netns", "add", ns)
		t.Cleanup(func() { exec.Command("ip", "netns", "del", ns).Run() })
		// The kernel itself says things on IPv6.
		inNamespace(t, ns, func() { must(t, os.WriteFile("/proc/sys/net/ipv6/conf/all/disable_ipv6", []byte("1"), 0)) })
		ip("-n", ns, "link", "set", "lo", "up")
	}
	ip("link", "add", "airside2", "netns", hostsNet, "type", "veth", "peer", "name", "airside3", "netns", userNet)
	ip("-n", hostsNet, "addr", "add", hostsIP+"/24", "dev", "airside2")
	ip("-n", userNet, "addr", "add", "10.99.8.2/24", "dev", "airside3")
	ip("-n", hostsNet, "link", "set", "airside2", "up")
	ip("-n", userNet, "link", "set", "airside3", "up")
	// ip netns exec has it take the place of the machine's own.
	dir := filepath.Join("/etc/netns", userNet)
	must(t, os.MkdirAll(dir, 0o755))
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.WriteFile(filepath.Join(dir, "resolv.conf"), []byte("nameserver "+hostsIP+"\n"), 0o644))
}

// inNamespace runs f on a thread that is in a network namespace: sockets that it
// opens stay there.
func inNamespace(t *testing.T, name string, f func()) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and it ends with the goroutine, as it is nowhere else
		ns, err := os.Open(filepath.Join("/run/netns", name))
		if err == nil {
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
			ns.Close()
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	must(t, <-done)
}

// listenAt serves at an address of everybody else's machine.
func listenAt(t *testing.T, address string, handler http.Handler) {
	t.Helper()
	var l net.Listener
	var err error
	inNamespace(t, hostsNet, func() { l, err = net.Listen("tcp", address) })
	must(t, err)
	server := &http.Server{Handler: handler}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
}

// serveNames is a name server (RFC 1035) that knows the IPv4 addresses of a few
// names.
func serveNames(t *testing.T, names map[string]string) {
	t.Helper()
	var conn net.PacketConn
	var err error
	inNamespace(t, hostsNet, func() { conn, err = net.ListenPacket("udp", hostsIP+":53") })
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	go func() {
		for packet := make([]byte, 1500); ; {
			n, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			if answer := answerName(packet[:n], names); answer != nil {
				conn.WriteTo(answer, from)
			}
		}
	}()
}

// answerName answers a question for one name; nil for what is none.
func answerName(question []byte, names map[string]string) []byte {
	var labels []string
	at := 12 // behind the header
	for at < len(question) && question[at] != 0 {
		end := at + 1 + int(question[at])
		if end > len(question) {
			return nil
		}
		labels = append(labels, string(question[at+1:end]))
		at = end
	}
	if at+5 > len(question) {
		return nil
	}
	kind := binary.BigEndian.Uint16(question[at+1:])
	answer := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question[12:at+5]...)
	address, known := names[strings.ToLower(strings.Join(labels, "."))]
	switch {
	case !known:
		answer[3] |= 3 // no such name
	case kind == 1: // A
		answer[7] = 1
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
		answer = append(answer, netip.MustParseAddr(address).AsSlice()...)
	}
	return answer
}

// inUserNet runs airside on the user's machine.
func inUserNet(t *testing.T, env []string, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("ip", append([]string{"netns", "exec", userNet, program(t, "AIRSIDE_BINARY")}, args...)...)
	cmd.Env, cmd.Dir = env, dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("airside %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// addressesByDoctor are those that doctor lists, with the IP addresses of names.
func addressesByDoctor(t *testing.T, env []string, dir string) []string {
	t.Helper()
	var report struct {
		Addresses []struct {
			Host, Protocol, For string
			Port                int
		}
		Problems []string
	}
	if err := json.Unmarshal([]byte(inUserNet(t, env, dir, "doctor", "--network", "--json")), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) > 0 {
		t.Errorf("doctor --network: %v", report.Problems)
	}
	var list []string
	for _, a := range report.Addresses {
		network := "tcp"
		if a.Protocol == "dns" {
			network = "udp"
		}
		if a.Host == gitHost {
			a.Host = hostsIP
		}
		list = append(list, network+" "+net.JoinHostPort(a.Host, strconv.Itoa(a.Port)))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// startUser is an editor on the user's machine that trusts its folder.
func startUser(t *testing.T, env []string, dir string) *lsptest.Editor {
	t.Helper()
	cmd := exec.Command("ip", "netns", "exec", userNet, program(t, "AIRSIDE_BINARY"), "serve")
	cmd.Env, cmd.Dir = env, dir
	log := &lockedBuffer{}
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	editor := lsptest.Start(t, stdio{out, in}, lsptest.Options{Encodings: []string{"utf-8"}, Folders: []string{dir}})
	t.Cleanup(func() {
		editor.Shutdown()
		editor.Exit()
		editor.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("airside serve: %v\n%s", err, log)
		}
	})
	editor.Initialize()
	return editor
}

// recorder notes whom the user's machine contacts.
type recorder struct {
	socket int
	mu     sync.Mutex
	to     map[string]bool
	failed error
}

// record begins to read every packet that leaves an interface of the user's
// machine, the loopback among them (packet(7)).
func record(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{to: map[string]bool{}}
	const everything = unix.ETH_P_ALL>>8 | unix.ETH_P_ALL&0xff<<8 // in network order
	var err error
	inNamespace(t, userNet, func() { r.socket, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, everything) })
	must(t, err)
	must(t, unix.SetsockoptInt(r.socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20))
	must(t, unix.SetsockoptTimeval(r.socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000}))
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		packet := make([]byte, 1<<16)
		for {
			n, from, err := unix.Recvfrom(r.socket, packet, 0)
			select {
			case <-stop:
				return
			default:
			}
			if err == unix.EAGAIN || err == unix.EINTR {
				continue
			}
			link, ok := from.(*unix.SockaddrLinklayer)
			if err != nil || !ok {
				r.fail(fmt.Errorf("recording: %v, %v", from, err))
				return
			}
			if link.Pkttype == unix.PACKET_OUTGOING {
				r.note(packet[:n], link.Protocol>>8|link.Protocol<<8)
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-done
		unix.Close(r.socket)
	})
	return r
}

func (r *recorder) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = err
}

// note takes in a packet from its network header on. Of a TCP connection it is the
// first that counts: the others are answers, or go where that went.
func (r *recorder) note(p []byte, protocol uint16) {
	var to netip.Addr
	var transport byte
	var rest []byte
	switch {
	case protocol == unix.ETH_P_IP && len(p) >= 20 && len(p) >= int(p[0]&15)*4:
		to, transport, rest = netip.AddrFrom4([4]byte(p[16:20])), p[9], p[int(p[0]&15)*4:]
	case protocol == unix.ETH_P_IPV6 && len(p) >= 40:
		to, transport, rest = netip.AddrFrom16([16]byte(p[24:40])), p[6], p[40:]
	case protocol == unix.ETH_P_ARP:
		return // whose card has this address
	default:
		r.add(fmt.Sprintf("a packet of type %#x", protocol))
		return
	}
	port := func() string { return netip.AddrPortFrom(to, binary.BigEndian.Uint16(rest[2:])).String() }
	switch {
	case transport == unix.IPPROTO_TCP && len(rest) >= 14:
		const syn, ack = 2, 16
		if rest[13]&(syn|ack) == syn {
			r.add("tcp " + port())
		}
	case transport == unix.IPPROTO_UDP && len(rest) >= 4:
		r.add("udp " + port())
	default:
		r.add(fmt.Sprintf("protocol %d to %s", transport, to))
	}
}

func (r *recorder) add(to string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to[to] = true
}

// addresses are those seen so far, sorted. A packet that was lost fails the test.
func (r *recorder) addresses() []string {
	stats, err := unix.GetsockoptTpacketStats(r.socket, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err == nil && stats.Drops > 0 {
		err = fmt.Errorf("%d packets were lost", stats.Drops)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		err = r.failed
	}
	list := []string{}
	for to := range r.to {
		list = append(list, to)
	}
	if err != nil {
		list = append(list, "the recorder failed: "+err.Error())
	}
	slices.Sort(list)
	return list
}
