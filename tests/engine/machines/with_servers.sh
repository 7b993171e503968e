#!/bin/sh
# Runs a command where sshd and Slurm are, without installing them: packages of Debian in FOLDER, in a mount namespace.
#   mkdir debs && cd debs && apt-get download openssh-server openssh-sftp-server libwrap0 libwtmpdb0 libaudit1 \
#     slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge libmunge2 libhwloc15
#   sudo sh tests/engine/machines/with_servers.sh debs python -m pytest -rs tests/engine/machines tests/engine/service
set -e
debs=$(cd "$1" && pwd)
shift
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
for package in "$debs"/*.deb; do dpkg -x "$package" "$root"; done
for name in slurmctld slurmd slurmstepd; do ln -sf "$name-wlm" "$root/usr/sbin/$name"; done
grep -v '^sshd:' /etc/passwd > "$root/passwd"
echo 'sshd:x:101:65534::/run/sshd:/usr/sbin/nologin' >> "$root/passwd"
export root
unshare -m sh -c '
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$root/usr:/usr" /usr
mount --bind "$root/passwd" /etc/passwd
mount -t tmpfs tmpfs /run
mkdir /run/sshd
PATH=$PATH:/usr/sbin exec "$@"' sh "$@"
