// Draws each Mermaid text of a page, in the page's own light or dark, and anew when that changes.
const LEAST = 0.7; // of its own size, below which its text can't be read

const diagrams = [...document.querySelectorAll("pre.diagram")].map((element) => {
  const figure = document.createElement("figure");
  figure.className = "diagram";
  element.replaceWith(figure);
  return { figure, text: element.textContent };
});

if (diagrams.length > 0) {
  // Only here, as it is by far the largest file of the site.
  const { mermaid } = await import("./mermaid/index.js");

  const draw = async () => {
    const dark = document.body.dataset.mdColorScheme === "slate";
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      theme: "base",
      sequence: { actorMargin: 30, width: 130, mirrorActors: false },
      themeVariables: dark
        ? {
            darkMode: true, background: "#14181f", fontFamily: "inherit", fontSize: "15px",
            primaryColor: "#1f2a37", primaryTextColor: "#e5e9f0", primaryBorderColor: "#4b9fd5",
            lineColor: "#8fa3b8", textColor: "#e5e9f0", edgeLabelBackground: "#14181f",
            clusterBkg: "#181e27", clusterBorder: "#33404f", titleColor: "#e5e9f0",
            actorLineColor: "#4a5a6b", signalColor: "#8fa3b8", signalTextColor: "#e5e9f0",
            labelBoxBkgColor: "#1f2a37", labelTextColor: "#e5e9f0", loopTextColor: "#e5e9f0",
            noteBkgColor: "#3a3420", noteTextColor: "#f3e8c5", noteBorderColor: "#7a6a30",
          }
        : {
            background: "#ffffff", fontFamily: "inherit", fontSize: "15px",
            primaryColor: "#eaf4fb", primaryTextColor: "#1c2733", primaryBorderColor: "#1f77b4",
            lineColor: "#5b6b7b", textColor: "#1c2733", edgeLabelBackground: "#ffffff",
            clusterBkg: "#f7f9fb", clusterBorder: "#c6d0da", titleColor: "#1c2733",
            actorLineColor: "#b3c0cc", signalColor: "#5b6b7b", signalTextColor: "#1c2733",
            labelBoxBkgColor: "#eaf4fb", labelTextColor: "#1c2733", loopTextColor: "#1c2733",
            noteBkgColor: "#fff6d6", noteTextColor: "#4a3d0a", noteBorderColor: "#d8c26a",
          },
    });
    for (const [number, { figure, text }] of diagrams.entries()) {
      try {
        figure.innerHTML = (await mermaid.render(`diagram-${number}`, text)).svg;
        // Readable on a phone as well: what is too wide then is scrolled.
        const drawing = figure.firstElementChild;
        drawing.style.minWidth = `${Math.round(drawing.viewBox.baseVal.width * LEAST)}px`;
      } catch (error) {
        figure.textContent = text;
        console.error(`diagram ${number}: ${error.message}`);
      }
    }
    document.body.dataset.diagrams = dark ? "dark" : "light";
  };

  // One drawing after the other: two at once would share Mermaid's settings.
  let drawn = draw();
  new MutationObserver(() => { drawn = drawn.then(draw); }).observe(document.body, {
    attributeFilter: ["data-md-color-scheme"],
  });
}
