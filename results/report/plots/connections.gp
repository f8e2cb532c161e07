# Throughput over connections, in steps of equal factors. A block for each server: its name and
# family; then requests/s and connections.
stats ARG1 using 2 nooutput
servers = STATS_blocks
array name[servers]
array family[servers]
do for [i = 1:servers] {
    stats ARG1 index i - 1 every ::0::0 using (name[i] = strcol(1), family[i] = strcol(2), 0) nooutput
}
eval open(560)
set output ARG2
set logscale x
set yrange [0:*]
set format y "%.0s%c"
set xlabel "connections"
set ylabel "requests/s"
set autoscale xfixmax
set key outside right
plot for [i = 1:servers] ARG1 index i - 1 every ::1 using 2:1:xtic(2) with linespoints lw 1.6 \
    pt (6 + i % 8) ps 0.7 lc rgb colour(family[i]) title name[i] noenhanced
