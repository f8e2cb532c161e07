# Latency by percentile. A block for each server: its name and family; then 1/(1-p) and us.
stats ARG1 using 2 nooutput
servers = STATS_blocks
array name[servers]
array family[servers]
do for [i = 1:servers] {
    stats ARG1 index i - 1 every ::0::0 using (name[i] = strcol(1), family[i] = strcol(2), 0) nooutput
}
dash(i) = (i - 1) % 4 + 1 # dt takes no expression in brackets
eval open(560)
set output ARG2
set logscale xy
set xtics ("0 %%" 1, "50 %%" 2, "90 %%" 10, "99 %%" 100, "99.9 %%" 1e3, "99.99 %%" 1e4, \
    "99.999 %%" 1e5, "99.9999 %%" 1e6)
set xlabel "part of the requests that were faster"
set ytics @times
set ylabel "latency"
set key outside right
plot for [i = 1:servers] ARG1 index i - 1 every ::1 using 1:2 with lines lw 1.6 \
    dt dash(i) lc rgb colour(family[i]) title name[i] noenhanced
