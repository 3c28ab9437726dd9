#!/bin/sh
# look.sh PROGRAM [ARGUMENT...]: starts a program that hangs in a write of its child, and shows what
# the kernel knows of both. It works with the PIDs of any program; here it also finds them.
"$@" &
parent=$!

# Wait until the child exists and is inside a write to a pipe.
children=/proc/$parent/task/$parent/children
until child=$(cat "$children") && [ -n "$child" ] && grep -q pipe_write "/proc/${child% }/wchan"; do
    kill -0 "$parent" || exit
done

for pid in $parent $child; do
    echo "process $pid is in state $(sed -n 's/^State:\t//p' "/proc/$pid/status")"
    ls -l "/proc/$pid/fd" | sed -n 's/^l\(...\).* \([3-9] -> pipe.*\)/  \1  \2/p'
done
kill "$parent" $child
