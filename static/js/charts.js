// Draws every figure[data-chart] from the JSON in its template, in the colours of the page, and again when the theme changes.
// Missing is a gap with a hatched band, never zero; estimates are dashed; exact points are dots.
(() => {
  const root = document.documentElement;
  const locale = root.lang || "en";
  const DAY_MS = 86_400_000;
  const ALIGNED_START = 48;
  const ALIGNED_END = 84;
  // A series keeps its colour on every page.
  const COLOURS = {
    followers: 1, following: 2, mutuals: 3, followers_only: 5, following_only: 6, gained: 3, lost: 4,
    tiktok: 5, instagram: 4, youtube: 2, posts: 6, likes: 4, views: 1, comments: 7, shares: 3,
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const drawn = new Map();

  // Canvas code cannot read oklch() or light-dark(): the browser paints one pixel and tells what it painted.
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const token = (name, alpha = 1) => {
    probe.style.color = `var(--${name})`;
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = getComputedStyle(probe).color;
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue] = pixel.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
  };

  const hatch = (colour) => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const ink = tile.getContext("2d");
    ink.strokeStyle = colour;
    ink.lineWidth = 1;
    ink.beginPath();
    ink.moveTo(-2, 10);
    ink.lineTo(10, -2);
    ink.moveTo(-2, 2);
    ink.lineTo(2, -2);
    ink.moveTo(6, 10);
    ink.lineTo(10, 6);
    ink.stroke();
    return ink.createPattern(tile, "repeat");
  };

  const dayOf = (iso) => Math.floor(Date.parse(`${iso.slice(0, 10)}T00:00:00Z`) / DAY_MS);
  const dayText = (day, options) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(day * DAY_MS);

  /** Return at most so many round days between two days: month starts when there is room for months, else even steps. */
  const roundDays = (first, last, most) => {
    const span = last - first;
    if (span > 75) {
      const start = new Date(first * DAY_MS);
      const months = [];
      for (let step = 0; ; step += 1) {
        const day = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + step, 1) / DAY_MS;
        if (day > last) break;
        if (day >= first) months.push(day);
      }
      const every = [1, 2, 3, 6, 12, 24, 60].find((size) => months.length / size <= most) ?? 120;
      return months.filter((day) => new Date(day * DAY_MS).getUTCMonth() % Math.min(every, 12) === 0).filter(
        (_day, index) => every <= 12 || index % (every / 12) === 0,
      );
    }
    const every = [1, 2, 7, 14, 28].find((size) => span / size <= most) ?? 28;
    const days = [];
    for (let day = last; day >= first; day -= every) days.unshift(day);
    return days;
  };

  /** Return the spans [from, to] of label indexes where no series has a value; a line's reach to its known neighbours.
   *  `empty` marks the labels of which it is known that there is nothing to have a value. */
  const unknownSpans = (series, length, reach, empty = []) => {
    const known = Array.from({ length }, (_none, index) => empty[index] || series.some((one) => one.values[index] !== null));
    const spans = [];
    for (let index = 0; index < length; index += 1) {
      if (known[index]) continue;
      let end = index;
      while (end + 1 < length && !known[end + 1]) end += 1;
      spans.push([Math.max(0, index - reach), Math.min(length - 1, end + reach)]);
      index = end;
    }
    return spans;
  };

  const gapBands = {
    id: "gapBands",
    beforeDatasetsDraw(chart, _args, options) {
      const { ctx, chartArea: area, scales } = chart;
      const axis = options.flat ? scales.y : scales.x;
      // A bar has a width of its own, so its unknown place is as wide as a bar may be.
      const half = options.bars ? (0.36 * (options.flat ? area.height : area.width)) / options.bars : 0;
      ctx.save();
      ctx.fillStyle = options.pattern;
      for (const [from, to] of options.spans ?? []) {
        const start = axis.getPixelForValue(from) - half;
        const size = axis.getPixelForValue(to) + half - start;
        if (options.flat) ctx.fillRect(area.left, start, area.width, size);
        else ctx.fillRect(start, area.top, size, area.height);
      }
      ctx.restore();
    },
  };

  // What happened on a day: posts below, the rest above, each with a shape of its own.
  const MARKS = { post: "chart-6", note: "chart-5", peak: "chart-3", milestone: "chart-7", drop: "chart-2", level: "chart-8" };
  const MARK_ROOM = 16;
  const drawMark = (ctx, kind, x, y) => {
    ctx.beginPath();
    if (kind === "peak") {
      ctx.moveTo(x, y - 5);
      ctx.lineTo(x + 5, y + 4);
      ctx.lineTo(x - 5, y + 4);
    } else if (kind === "drop") {
      ctx.moveTo(x, y + 5);
      ctx.lineTo(x + 5, y - 4);
      ctx.lineTo(x - 5, y - 4);
    } else if (kind === "level") {
      ctx.arc(x, y, 4, 0, 2 * Math.PI);
    } else if (kind === "milestone") {
      ctx.moveTo(x, y - 5);
      ctx.lineTo(x + 5, y);
      ctx.lineTo(x, y + 5);
      ctx.lineTo(x - 5, y);
    } else ctx.roundRect(x - 4, y - 4, 8, 8, 2);
    ctx.closePath();
    ctx.fill();
  };
  const dayMarks = {
    id: "dayMarks",
    afterDatasetsDraw(chart, _args, options) {
      const { ctx, chartArea: area, scales } = chart;
      ctx.save();
      for (const mark of options.marks ?? []) {
        const x = scales.x.getPixelForValue(mark.day);
        if (x < area.left - 1 || x > area.right + 1) continue;
        ctx.fillStyle = ctx.strokeStyle = options.inks[mark.kind];
        if (mark.kind === "post") ctx.fillRect(x - 1, area.bottom - 9, 2, 9);
        else {
          const top = area.top - MARK_ROOM / 2;
          ctx.globalAlpha = 0.35;
          ctx.setLineDash([2, 3]);
          ctx.beginPath();
          ctx.moveTo(x, top + 6);
          ctx.lineTo(x, area.bottom);
          ctx.stroke();
          ctx.globalAlpha = 1;
          drawMark(ctx, mark.kind, x, top);
          if (mark.short) {
            ctx.font = `600 11px ${options.family}`;
            ctx.textBaseline = "middle";
            ctx.fillText(mark.short, x + 9, top + 1);
          }
        }
      }
      ctx.restore();
    },
  };
  const MOST_TOLD = 4;

  /** Return whether a list counted what a curve only estimates: then the list alone speaks. */
  const isCounted = (spec, item) => {
    const { key, style } = spec.series[item.datasetIndex];
    if (style !== "estimate" && style !== "bound") return false;
    return spec.series.some((one) => one.key === key && one.style === "dots" && one.values[item.dataIndex] !== null);
  };

  /** Return for each label the texts of the marks that lie nearer to it than to any other. */
  const marksByLabel = (xs, marks) => {
    const told = xs.map(() => []);
    for (const mark of marks) {
      let nearest = 0;
      xs.forEach((x, index) => {
        if (Math.abs(x - mark.day) < Math.abs(xs[nearest] - mark.day)) nearest = index;
      });
      told[nearest]?.push(mark);
    }
    return told;
  };

  const endLabels = {
    id: "endLabels",
    afterDatasetsDraw(chart, _args, options) {
      if (!options.on) return;
      const { ctx, chartArea: area } = chart;
      const marks = [];
      chart.data.datasets.forEach((set, index) => {
        if (set.isBand || !chart.isDatasetVisible(index)) return;
        const points = chart.getDatasetMeta(index).data;
        const last = set.data.findLastIndex((point) => (point?.y ?? point) !== null);
        if (last >= 0 && set.end) marks.push({ text: set.end, colour: set.ink, y: points[last].y });
      });
      marks.sort((one, other) => one.y - other.y);
      for (let index = 1; index < marks.length; index += 1) marks[index].y = Math.max(marks[index].y, marks[index - 1].y + 15);
      const below = (marks.at(-1)?.y ?? 0) - area.bottom;
      if (below > 0) for (const mark of marks) mark.y -= below;
      ctx.save();
      ctx.font = `600 12px ${options.family}`;
      ctx.textBaseline = "middle";
      for (const mark of marks) {
        ctx.fillStyle = mark.colour;
        ctx.fillText(mark.text, area.right + 8, mark.y);
      }
      ctx.restore();
    },
  };

  /** Return what stands at the end of a line: its name where there are few, the name it asks for where some do. */
  const endOf = (one, spec) =>
    spec.keyed ? undefined : spec.series.some((each) => each.end) ? one.end : spec.series.length > 1 && spec.series.length <= 3 ? one.label : undefined;

  /** Return where an amount stands: on an axis by factors, nothing stands where one does. */
  const placed = (y, spec) => (spec.log && y !== null ? Math.max(y, 1) : y);

  const dataset = (one, order, spec, xs, look) => {
    const ink = token(`chart-${one.colour ?? COLOURS[one.key] ?? (order % 8) + 1}`);
    const base = { label: one.label, end: endOf(one, spec), ink, order, data: one.values.map((y, index) => ({ x: xs[index], y: placed(y, spec) })) };
    if (spec.kind === "bar")
      return {
        ...base,
        data: one.values,
        backgroundColor: one.style === "estimate" ? ink.replace(", 1)", ", .45)") : one.style === "part" ? hatch(ink) : ink,
        borderColor: ink,
        borderWidth: one.style === "part" ? 1 : 0,
        hoverBackgroundColor: one.style === "part" ? hatch(ink) : ink,
        borderRadius: 3,
        maxBarThickness: 36,
        categoryPercentage: 0.72,
      };
    const isExact = one.style === "exact" || one.style === "dots";
    const few = one.values.filter((value) => value !== null).length <= 24;
    return {
      ...base,
      borderColor: ink,
      backgroundColor: ink,
      borderWidth: 2,
      borderDash: one.style === "estimate" ? [5, 4] : one.style === "bound" ? [1, 4] : [],
      borderCapStyle: one.style === "bound" ? "round" : "butt",
      // Exact points with an estimate between them: no line claims to know what was there.
      showLine: one.style !== "dots",
      // Lines that meet their own points only are joined over the labels of others, not over what is missing of them.
      spanGaps: Boolean(one.joined),
      segment: one.joined
        ? { borderColor: ({ p0DataIndex: at }) => (one.breaks.some(([from, to]) => at >= from && at < to) ? "transparent" : undefined) }
        : undefined,
      clip: 8,
      pointRadius: isExact ? 3.5 : one.values.length === 1 || (few && one.style === "line") ? 2 : 0,
      pointBackgroundColor: isExact ? ink : look.surface,
      pointBorderColor: ink,
      pointBorderWidth: 1.5,
      pointHoverRadius: 5,
      pointHoverBackgroundColor: ink,
      pointHoverBorderColor: look.surface,
    };
  };

  const band = (one, order, xs, index, spec) => {
    const ink = token(`chart-${one.colour ?? COLOURS[one.key] ?? (order % 8) + 1}`, 0.14);
    const edge = { isBand: true, label: "", pointRadius: 0, pointHitRadius: 0, borderWidth: 0, order: 90 };
    const line = (values) => values.map((y, at) => ({ x: xs[at], y: placed(y, spec) }));
    return [
      { ...edge, data: line(one.low), fill: false },
      { ...edge, data: line(one.high), fill: index, backgroundColor: ink },
    ];
  };

  const readLook = () => ({
    fg: token("fg"), quiet: token("fg-2"), line: token("line"), surface: token("surface"), raised: token("raised"),
    family: getComputedStyle(document.body).fontFamily,
  });

  const configOf = (spec) => {
    const look = readLook();
    const isTime = spec.x === "time";
    const xs = spec.labels.map((label, index) => (isTime ? dayOf(label) : index));
    const number = new Intl.NumberFormat(locale, { maximumFractionDigits: spec.decimals ?? 0 });
    const short = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
    const datasets = spec.series.map((one, order) => dataset(one, order, spec, xs, look));
    if (spec.kind === "line")
      spec.series.forEach((one, order) => {
        if (one.low && one.high) datasets.push(...band(one, order, xs, datasets.length, spec));
      });
    const names = spec.kind === "line" ? spec.series.map((one) => endOf(one, spec)).filter(Boolean) : [];
    const named = names.length > 0;
    pixel.font = `600 12px ${look.family}`;
    const needed = named ? Math.max(...names.map((name) => pixel.measureText(name).width)) + 14 : 8;
    // Charts of the same time, one below the other, leave the same room on both sides.
    const room = spec.aligned ? Math.max(needed, ALIGNED_END) : needed;
    const marks = (spec.markers ?? []).map((mark) => ({ ...mark, day: dayOf(mark.day) }));
    const told = marksByLabel(xs, marks);
    const hasTop = marks.some((mark) => mark.kind !== "post");
    const font = { family: look.family, size: 12 };
    const isBar = spec.kind === "bar";
    const flat = isBar && Boolean(spec.horizontal);
    // Where each line has labels of its own, it breaks by itself; no label is unknown to all.
    const gaps = spec.series.some((one) => one.joined) ? [] : unknownSpans(spec.series, xs.length, isBar ? 0 : 1, spec.empty);
    const spans = isBar ? gaps : gaps.map(([from, to]) => [xs[from], xs[to]]);
    // Amounts stand on zero: an axis cut off below makes small changes look large, and nobody has -20 followers. What is
    // counted from 100 floats: there the distance from 100 is what is told.
    const isNegative = spec.series.some((one) => [...one.values, ...(one.low ?? [])].some((value) => value < 0));
    const amounts = {
      border: { display: false },
      grid: { color: look.line, drawTicks: false },
      stacked: Boolean(spec.stacked),
      beginAtZero: !spec.floating,
      min: isNegative || spec.floating ? undefined : 0,
      grace: isBar ? 0 : "6%",
      ...(spec.aligned && { afterFit: (axis) => { axis.width = ALIGNED_START; } }),
      ticks: { color: look.quiet, font, padding: 8, maxTicksLimit: 5, precision: spec.decimals ?? 0, callback: (value) => short.format(value) },
    };
    if (spec.log) {
      amounts.type = "logarithmic";
      amounts.min = undefined;
      // 1, 3, 10, 30 and so on: as many as there is room for, each about as far from the next.
      amounts.afterBuildTicks = (axis) => {
        axis.ticks = axis.ticks.filter(({ value }) => ["1", "3"].includes(value.toExponential(0)[0]) && Number(value.toExponential(0)) === value);
      };
    }
    const places = {
      border: { color: look.line },
      grid: { display: false },
      stacked: Boolean(spec.stacked),
      ticks: { color: look.quiet, font, padding: 6, maxRotation: 0, autoSkipPadding: 16 },
    };
    if (spec.kind === "line") {
      places.type = "linear";
      // A lone point needs an axis to stand in the middle of.
      const margin = xs.length === 1 ? 1 : 0;
      places.min = Math.min(...xs) - margin;
      places.max = Math.max(...xs) + margin;
      const span = places.max - places.min;
      // The year stands where it begins: "Jul 24" would read as a day.
      const tickStyle = (day, index) =>
        span <= 75
          ? { day: "numeric", month: "short" }
          : span > 330 && (index === 0 || new Date(day * DAY_MS).getUTCMonth() === 0)
            ? { month: "short", year: "numeric" }
            : { month: "short" };
      places.afterBuildTicks = (axis) => {
        const most = Math.min(7, Math.max(2, Math.floor(axis.chart.width / 90)));
        const days = isTime ? roundDays(axis.min, axis.max, most) : xs;
        axis.ticks = days.map((value) => ({ value }));
      };
      places.ticks.callback = (value, index) => (isTime ? dayText(value, tickStyle(value, index)) : spec.labels[value]);
    }
    const barLabel = (label) => (isTime ? dayText(dayOf(label), { day: "numeric", month: "short" }) : label);
    const titleOf = (at) => spec.titles?.[at] ?? (isTime ? dayText(xs[at], { dateStyle: "long" }) : String(spec.labels[at]));
    return {
      type: spec.kind,
      data: { labels: isBar ? spec.labels.map(barLabel) : undefined, datasets },
      options: {
        indexAxis: flat ? "y" : "x",
        responsive: true,
        maintainAspectRatio: false,
        animation: still.matches ? false : { duration: 160 },
        normalized: true,
        onClick: (event, _elements, chart) => {
          const href = hrefAt(chart, spec, event);
          if (href) document.dispatchEvent(new CustomEvent("openfigure", { detail: { href, opener: chart.canvas } }));
        },
        onHover: (event, _elements, chart) => chart.canvas.classList.toggle("has-link", Boolean(hrefAt(chart, spec, event))),
        interaction: { mode: "index", intersect: false, axis: flat ? "y" : "x" },
        layout: { padding: { right: room, top: hasTop ? MARK_ROOM : 6 } },
        scales: flat ? { x: amounts, y: places } : { x: places, y: amounts },
        plugins: {
          legend: {
            display: spec.series.length > 1 && !named,
            align: "start",
            labels: { color: look.quiet, font, boxWidth: 14, boxHeight: 3, filter: (item) => !datasets[item.datasetIndex].isBand },
          },
          gapBands: { spans, flat, bars: isBar ? xs.length : 0, pattern: hatch(token("fg-3", 0.4)) },
          endLabels: { on: named, family: look.family },
          dayMarks: { marks, family: look.family, inks: Object.fromEntries(Object.entries(MARKS).map(([kind, name]) => [kind, token(name)])) },
          tooltip: {
            backgroundColor: look.raised,
            borderColor: look.line,
            borderWidth: 1,
            titleColor: look.fg,
            bodyColor: look.fg,
            footerColor: look.quiet,
            titleFont: { ...font, weight: 600 },
            bodyFont: font,
            footerFont: { ...font, weight: 400 },
            padding: 12,
            cornerRadius: 8,
            boxWidth: 8,
            boxHeight: 8,
            boxPadding: 6,
            usePointStyle: true,
            filter: (item) => !item.dataset.isBand && item.raw !== null && item.raw?.y !== null && !isCounted(spec, item),
            callbacks: {
              title: (items) => (items.length ? titleOf(items[0].dataIndex) : ""),
              label: (item) => {
                const one = spec.series[item.datasetIndex];
                const value = one.values[item.dataIndex];
                const about = one.style === "estimate" ? "≈ " : "";
                const range = one.low ? ` (${number.format(one.low[item.dataIndex])} – ${number.format(one.high[item.dataIndex])})` : "";
                return `${one.label}: ${about}${number.format(value)}${spec.unit ? ` ${spec.unit}` : ""}${range}`;
              },
              labelColor: (item) => ({ backgroundColor: item.dataset.ink, borderColor: item.dataset.ink }),
              footer: (items) => {
                if (!items.length) return "";
                const at = items[0].dataIndex;
                const letters = Math.floor(items[0].chart.width / 8);
                const texts = told[at].slice(0, MOST_TOLD).map((mark) => {
                  const text = `${dayText(mark.day, { day: "numeric", month: "short" })}: ${mark.text}`;
                  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
                });
                if (told[at].length > MOST_TOLD) texts.push(`+ ${number.format(told[at].length - MOST_TOLD)}`);
                return [...(spec.notes?.[at] ? [spec.notes[at]] : []), ...texts];
              },
            },
          },
        },
      },
      plugins: [gapBands, endLabels, dayMarks],
    };
  };

  /** Return where the number nearest to the pointer leads: that of its series, else that of its label. */
  const hrefAt = (chart, spec, event) => {
    const nearest = chart
      .getElementsAtEventForMode(event, "index", chart.options.interaction, true)
      .filter((found) => found.datasetIndex < spec.series.length && spec.series[found.datasetIndex].values[found.index] !== null)
      .sort((one, other) => distance(one.element, event) - distance(other.element, event))[0];
    if (!nearest) return null;
    const { links, link } = spec.series[nearest.datasetIndex];
    return links?.[nearest.index] ?? link?.replace("{day}", spec.labels[nearest.index]) ?? spec.links?.[nearest.index] ?? null;
  };
  const distance = (element, event) => Math.hypot(element.x - event.x, element.y - event.y);

  const draw = (figure) => {
    const canvas = figure.querySelector("canvas");
    const spec = JSON.parse(figure.querySelector("template[data-chart-data]").content.textContent);
    drawn.get(figure)?.destroy();
    drawn.set(figure, new window.Chart(canvas, configOf(spec)));
  };

  const drawNew = () => {
    for (const [figure, chart] of drawn)
      if (!figure.isConnected) {
        chart.destroy();
        drawn.delete(figure);
      }
    for (const figure of document.querySelectorAll("figure[data-chart]")) if (!drawn.has(figure)) draw(figure);
  };

  // For drawings of another kind (venn.js): the colours of the page as a canvas takes them.
  window.chartLook = { token, readLook };
  document.addEventListener("themechange", () => [...drawn.keys()].forEach(draw));
  document.addEventListener("htmx:afterSettle", drawNew);
  // The font arrives with the page or not at all; drawing waits for it so that labels are measured once.
  document.fonts.ready.then(drawNew);
})();
