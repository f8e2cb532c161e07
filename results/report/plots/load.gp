# Latency over offered load. A block for each server: its name and family; then the answered
# rate, the offered rate, and the 99th percentile in us.
stats ARG1 using 2 nooutput
servers = STATS_blocks
array name[servers]
array family[servers]
do for [i = 1:servers] {
    stats ARG1 index i - 1 every ::0::0 using (name[i] = strcol(1), family[i] = strcol(2), 0) nooutput
}
eval open(560)
set output ARG2
set logscale y
set xrange [0:*]
set format x "%.0s%c"
set xlabel "requests/s that were answered"
set ytics @times
set ylabel "99 % of response times are below"
set key outside right
plot for [i = 1:servers] ARG1 index i - 1 every ::1 using 1:3 with linespoints lw 1.6 \
    pt (6 + i % 8) ps 0.7 lc rgb colour(family[i]) title name[i] noenhanced
