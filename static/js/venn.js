// Draws every figure[data-venn]: two sets and what they share, in the colours of the page. A part opens what is behind it;
// the table below the picture has the same numbers and links for the keyboard.
(() => {
  const { token, readLook } = window.chartLook;
  const drawn = new Map();
  const INKS = { followers_only: "chart-1", following_only: "chart-2", mutuals: "chart-3" };

  // Above each circle, where a narrow screen has room for them; beside it, as the library would, they are cut off.
  const setNames = {
    id: "setNames",
    afterDatasetsDraw(chart, _args, { names, colour, font }) {
      const { ctx } = chart;
      const { sets } = chart.getDatasetMeta(0)._layout;
      ctx.save();
      ctx.fillStyle = colour;
      ctx.font = font;
      ctx.textAlign = "center";
      ctx.textBaseline = "bottom";
      sets.forEach((set, index) => ctx.fillText(names[index], set.cx, set.cy - set.r - 8));
      ctx.restore();
    },
  };

  const configOf = (figure, spec) => {
    const look = readLook();
    const font = { family: look.family, size: 14, weight: 620 };
    const inks = spec.regions.map((region) => token(INKS[region.key]));
    return {
      type: "venn",
      data: {
        labels: [...spec.sets, spec.regions.at(-1).label],
        datasets: [
          {
            data: spec.regions.map(({ sets, label, value }) => ({ sets, label, value })),
            backgroundColor: inks.map((ink) => ink.replace(", 1)", ", .22)")),
            hoverBackgroundColor: inks.map((ink) => ink.replace(", 1)", ", .4)")),
            borderColor: inks,
            borderWidth: 1.5,
          },
        ],
      },
      options: {
        responsive: true,
        maintainAspectRatio: false,
        animation: false,
        layout: { padding: { top: 30, right: 4, bottom: 4, left: 4 } },
        // A hidden axis carries the texts of the parts; a shown one would print "NaN". It is asked for those of its ticks
        // as well, of which there are more.
        scales: {
          x: { display: false, ticks: { color: look.fg, font, callback: (_value, index) => spec.regions[index]?.text } },
          y: { display: false, ticks: { display: false } },
        },
        onHover: (event, items) => event.native?.target.classList.toggle("has-link", items.length > 0),
        onClick: (_event, items) => {
          const href = items.length && spec.regions[items[0].index].href;
          if (href) document.dispatchEvent(new CustomEvent("openfigure", { detail: { href, opener: figure } }));
        },
        plugins: {
          legend: { display: false },
          setNames: { names: spec.sets, colour: look.quiet, font: `600 13px ${look.family}` },
          tooltip: {
            backgroundColor: look.raised,
            borderColor: look.line,
            borderWidth: 1,
            bodyColor: look.fg,
            bodyFont: { ...font, weight: 400 },
            padding: 12,
            cornerRadius: 8,
            displayColors: false,
            callbacks: {
              title: () => "",
              label: (item) => `${spec.regions[item.dataIndex].label}: ${spec.regions[item.dataIndex].text}`,
            },
          },
        },
      },
      plugins: [setNames],
    };
  };

  const draw = (figure) => {
    const spec = JSON.parse(figure.querySelector("template[data-chart-data]").content.textContent);
    drawn.get(figure)?.destroy();
    drawn.set(figure, new window.Chart(figure.querySelector("canvas"), configOf(figure, spec)));
  };

  const drawNew = () => {
    for (const [figure, chart] of drawn)
      if (!figure.isConnected) {
        chart.destroy();
        drawn.delete(figure);
      }
    for (const figure of document.querySelectorAll("figure[data-venn]")) if (!drawn.has(figure)) draw(figure);
  };

  document.addEventListener("themechange", () => [...drawn.keys()].forEach(draw));
  document.addEventListener("htmx:afterSettle", drawNew);
  document.fonts.ready.then(drawNew);
})();
