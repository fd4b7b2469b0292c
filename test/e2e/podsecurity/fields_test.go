package podsecurity

import "strings"

// values are changes of one field to each of the values.
func values(path string, list ...any) []change {
	changes := make([]change, len(list))
	for i, v := range list {
		changes[i] = change{path, v}
	}
	return changes
}

func join(lists ...[]change) []change {
	var all []change
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// contexts are the fields that the security contexts of Pods and of containers share.
func contexts() []change {
	const at = "securityContext."
	return join(
		values("securityContext", m{}, nil),
		values(at+"runAsNonRoot", true, false, nil),
		values(at+"runAsUser", int64(0), int64(1), int64(1000), nil),
		values(at+"runAsGroup", int64(0), int64(1000)),
		values(at+"seLinuxOptions", m{}, nil, m{"level": "s0:c1,c2"}, m{"type": "container_t", "user": "u", "role": "r", "level": "s0"}),
		values(at+"seLinuxOptions.type", "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t", "spc_t", "Container_t", nil),
		values(at+"seLinuxOptions.user", "", "system_u", nil),
		values(at+"seLinuxOptions.role", "", "system_r", nil),
		values(at+"seccompProfile", nil, m{}, m{"type": "RuntimeDefault"}, m{"type": "Unconfined"}, m{"type": "Localhost", "localhostProfile": "p/x.json"},
			m{"type": "Localhost"}, m{"type": "unconfined"}),
		values(at+"appArmorProfile", nil, m{}, m{"type": "RuntimeDefault"}, m{"type": "Unconfined"}, m{"type": "Localhost", "localhostProfile": "x"},
			m{"type": "Localhost"}, m{"type": "runtimeDefault"}),
		values(at+"windowsOptions", nil, m{}, m{"runAsUserName": "ContainerUser"}),
		values(at+"windowsOptions.hostProcess", true, false, nil),
	)
}

// containerFields are those of containers alone.
func containerFields() []change {
	const at = "securityContext."
	changes := join(
		values(at+"privileged", true, false, nil),
		values(at+"allowPrivilegeEscalation", true, false, nil),
		values(at+"readOnlyRootFilesystem", true, false),
		values(at+"procMount", "Default", "Unmasked", "", "default", nil),
		values(at+"capabilities", nil, m{}, m{"drop": l{}}, m{"drop": l{"ALL"}}, m{"drop": l{"NET_RAW", "ALL"}}, m{"drop": l{"NET_RAW"}}, m{"drop": l{"all"}},
			m{"drop": l{"CAP_ALL"}}, m{"drop": l{"ALL"}, "add": l{}}, m{"drop": l{"ALL"}, "add": l{"NET_BIND_SERVICE"}}, m{"add": l{"NET_BIND_SERVICE"}},
			m{"drop": l{"ALL"}, "add": l{"NET_BIND_SERVICE", "CHOWN"}}, m{"drop": l{"ALL"}, "add": l{"SYS_ADMIN"}}, m{"add": l{"CHOWN", "NET_RAW"}}),
		values("ports", l{}, nil, l{m{"containerPort": int64(80)}}, l{m{"containerPort": int64(80), "hostPort": int64(0)}},
			l{m{"containerPort": int64(80), "hostPort": int64(80)}}, l{m{"containerPort": int64(80)}, m{"containerPort": int64(81), "hostPort": int64(8081)}}),
	)
	requests := l{
		m{"httpGet": m{"port": int64(80)}},
		m{"httpGet": m{"port": int64(80), "host": ""}},
		m{"httpGet": m{"port": int64(80), "host": "10.0.0.1"}},
		m{"httpGet": m{"port": int64(80), "host": "127.0.0.1"}},
		m{"httpGet": m{"port": int64(80), "httpHeaders": l{m{"name": "Host", "value": "x"}}}},
		m{"tcpSocket": m{"port": int64(80)}},
		m{"tcpSocket": m{"port": int64(80), "host": "acme.io"}},
		m{"exec": m{"command": l{"true"}}},
	}
	for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		changes = append(changes, values(probe, requests...)...)
		changes = append(changes, change{probe, m{"grpc": m{"port": int64(80)}}})
	}
	for _, hook := range []string{"postStart", "preStop"} {
		changes = append(changes, values("lifecycle."+hook, requests...)...)
	}
	return changes
}

// podFields are those of the specification that are not in its security context, and sysctls.
func podFields() []change {
	changes := join(
		values("hostNetwork", true, false, nil), values("hostPID", true, false, nil), values("hostIPC", true, false, nil),
		values("hostUsers", true, false, nil), values("shareProcessNamespace", true),
		values("os", m{"name": "linux"}, nil), values("hostAliases", l{m{"ip": "10.0.0.1", "hostnames": l{"x"}}}),
		values("securityContext.supplementalGroups", l{int64(0)}), values("securityContext.fsGroup", int64(0)),
		values("volumes", l{}, nil, l{m{"name": "v"}}, l{m{"name": "v", "hostPath": nil}}, l{m{"name": "v", "emptyDir": m{}}, m{"name": "w", "hostPath": m{"path": "/"}}}),
	)
	for _, name := range []string{
		"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
		"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
		"net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
		"net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat", "kernel.msgmax", "net.core.somaxconn", "net/ipv4/tcp_syncookies",
		"fs.mqueue.msg_max", "net.ipv4.tcp_syncookies2",
	} {
		changes = append(changes, change{"securityContext.sysctls", l{m{"name": name, "value": "1"}}})
	}
	changes = append(changes, change{"securityContext.sysctls", l{m{"name": "net.ipv4.tcp_wmem", "value": "1"}, m{"name": "kernel.sem", "value": "1"}}})
	for _, v := range volumes() {
		v["name"] = "v"
		changes = append(changes, change{"volumes", l{v}})
	}
	return changes
}

// volumes are of each type that there is.
func volumes() []map[string]any {
	list := []map[string]any{
		{"hostPath": m{"path": "/var/log"}},
		{"hostPath": m{"path": "/", "type": "Directory"}},
		{"configMap": m{"name": "x"}},
		{"secret": m{"secretName": "x"}},
		{"emptyDir": m{}},
		{"emptyDir": m{"medium": "Memory"}},
		{"downwardAPI": m{"items": l{m{"path": "x", "fieldRef": m{"fieldPath": "metadata.name"}}}}},
		{"projected": m{"sources": l{m{"configMap": m{"name": "x"}}}}},
		{"csi": m{"driver": "x.io"}},
		{"image": m{"reference": "nginx:1"}},
		{"persistentVolumeClaim": m{"claimName": "x"}},
		{"ephemeral": m{"volumeClaimTemplate": m{"spec": m{"accessModes": l{"ReadWriteOnce"}, "resources": m{"requests": m{"storage": "1Gi"}}}}}},
		{"nfs": m{"server": "x", "path": "/"}},
		{"iscsi": m{"targetPortal": "1.2.3.4", "iqn": "iqn.2001-04.com.example:x", "lun": int64(1)}},
		{"gcePersistentDisk": m{"pdName": "x"}},
		{"awsElasticBlockStore": m{"volumeID": "x"}},
		{"gitRepo": m{"repository": "x"}},
		{"glusterfs": m{"endpoints": "x", "path": "x"}},
		{"rbd": m{"monitors": l{"x"}, "image": "x"}},
		{"flexVolume": m{"driver": "x/y"}},
		{"cinder": m{"volumeID": "x"}},
		{"cephfs": m{"monitors": l{"x"}}},
		{"flocker": m{"datasetName": "x"}},
		{"fc": m{"targetWWNs": l{"x"}, "lun": int64(1)}},
		{"azureFile": m{"secretName": "x", "shareName": "x"}},
		{"azureDisk": m{"diskName": "x", "diskURI": "https://x.blob.core.windows.net/x"}},
		{"vsphereVolume": m{"volumePath": "x"}},
		{"quobyte": m{"registry": "x:1", "volume": "x"}},
		{"photonPersistentDisk": m{"pdID": "x"}},
		{"portworxVolume": m{"volumeID": "x"}},
		{"scaleIO": m{"gateway": "x", "system": "x", "secretRef": m{"name": "x"}, "volumeName": "x"}},
		{"storageos": m{"volumeName": "x"}},
	}
	return list
}

// capabilities adds each one that Linux has, and spellings of them.
func capabilities() []change {
	const all = `AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK
		IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP
		SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM
		ALL CAP_CHOWN chown CAP_NET_BIND_SERVICE x`
	var changes []change
	for _, name := range strings.Fields(all) {
		changes = append(changes, change{"securityContext.capabilities.add", l{name}})
	}
	return append(changes, change{"securityContext.capabilities.add", l{""}})
}

// pairs set a field of the Pod and of a container, and what lets the Pod do more.
func pairs(base string) []pod {
	var list []pod
	field := func(path string, of ...any) {
		for _, outer := range of {
			for _, inner := range of {
				for _, users := range []any{nil, true, false} {
					list = append(list, in(base, container, change{path, inner}).and(change{path, outer}, change{"hostUsers", users}),
						in(base, initial, change{path, inner}).and(change{path, outer}, change{"hostUsers", users}))
				}
			}
		}
	}
	field("securityContext.runAsNonRoot", nil, true, false)
	field("securityContext.runAsUser", nil, int64(0), int64(7))
	field("securityContext.seccompProfile", nil, m{"type": "RuntimeDefault"}, m{"type": "Unconfined"})
	for _, users := range []any{nil, true, false} {
		for _, place := range containers() {
			for _, mount := range []any{"Default", "Unmasked"} {
				list = append(list, in(base, place, change{"securityContext.procMount", mount}).and(change{"hostUsers", users}))
			}
		}
		list = append(list, in(base, container, change{"securityContext.privileged", true}).and(change{"hostUsers", users}))
	}
	host := change{"securityContext.windowsOptions.hostProcess", true}
	list = append(list,
		in(base, ofPod, host).and(change{"hostNetwork", true}),
		in(base, container, host).and(change{"hostNetwork", true}),
		in(base, container, change{"ports", l{m{"containerPort": int64(80)}}}).and(change{"hostNetwork", true}),
		in(base, container, change{"ports", l{m{"containerPort": int64(80), "hostPort": int64(80)}}}).and(change{"hostNetwork", true}),
	)
	return list
}

// annotated are Pods with the annotations that were before the fields.
func annotated() []pod {
	var list []pod
	for _, base := range []string{bare, restricted} {
		for _, value := range []any{"", "runtime/default", "localhost/x", "localhost/", "unconfined", "RuntimeDefault"} {
			for _, name := range []string{"a", "b", "nobody"} {
				list = append(list, in(base, initial).and(change{"metadata.annotations.container.apparmor.security.beta.kubernetes.io/" + name, value}))
			}
			profile := change{"securityContext.appArmorProfile", m{"type": "Unconfined"}}
			list = append(list, in(base, container, profile).and(change{"metadata.annotations.container.apparmor.security.beta.kubernetes.io/a", value}))
		}
		for _, value := range []any{"runtime/default", "docker/default", "unconfined"} {
			for _, key := range []string{"seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/a"} {
				list = append(list, in(base, ofPod).and(change{"metadata.annotations." + key, value}))
			}
		}
	}
	return list
}
