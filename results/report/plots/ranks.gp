# A row for each server: the median as a point, its interval as a bar. Columns: server, median,
# low, high, family. ARG5: what is shown.
stats ARG1 using 2 nooutput
rows = STATS_records
eval open(90 + 20 * rows)
set output ARG2
set xrange [0:*]
set yrange [-rows + 0.4:0.6]
set grid noytics
set xlabel ARG5
if (STATS_max >= 1e4) { set format x "%.0s%c" }
unset key
plot ARG1 using 2:(-$0):3:4:(colour(strcol(5))):ytic(1) with xerrorbars \
    pt 7 ps 0.9 lw 1.6 lc rgb variable
