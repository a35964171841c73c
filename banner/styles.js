/**
 * The layers' looks. A host, and what is slotted into it, lie in the page's own tree, where only an inner `!important`
 * beats the page's css; behind the shadow root nothing of the page reaches. Sides are logical, so that right-to-left
 * languages need no rules of their own.
 */
import { state } from "./state.js";

/** Return the sheet that all layers share, with the site's accent and radius where they are of the right form. */
export function baseCss() {
  const { accent, radius } = state._payload.look;
  const colour = /^#[0-9a-f]{6}$/i.test(accent) ? accent : "#0b57d0";
  const round = radius >= 0 && radius <= 24 ? +radius : 8;
  return `:host{--accent:${colour};--on:${inkOn(colour)};--round:${round}px}${BASE}`;
}

/**
 * Return black or white, whichever is read better on `colour` (WCAG 2.2, relative luminance): one of them always has a
 * contrast of 4.5.
 *
 * @param {string} colour
 */
function inkOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000" : "#fff";
}

const BASE = `
:host{all:initial!important;--card:#fff;--ink:#1a1c1f;--soft:#50565e;--line:#d5d9df;color:var(--ink)!important;font:15px/1.5 system-ui,sans-serif!important}
@media(prefers-color-scheme:dark){:host{--card:#1f2125;--ink:#f0f1f3;--soft:#b3bac3;--line:#43484f}}
*{box-sizing:border-box;margin:0}
button{font:inherit;color:inherit;background:none;border:0;cursor:pointer}
.card,section,.note,.frame{background:var(--card);border:1px solid var(--line);border-radius:var(--round)}
.card{display:flex;flex-direction:column;gap:16px;padding:20px;box-shadow:0 8px 40px #0004}
.words{overflow:auto;margin:-4px;padding:4px;color:var(--soft)}
.acts{display:grid;grid-template-columns:repeat(3,1fr);gap:10px}
.acts button,::slotted([slot]){all:initial!important;display:block!important;box-sizing:border-box!important;min-height:44px!important;padding:9px!important;border:1px solid #8884!important;border-radius:var(--round)!important;background:var(--accent)!important;color:var(--on)!important;font:600 15px/1.5 system-ui,sans-serif!important;text-align:center!important;cursor:pointer!important}
:focus-visible,::slotted(:focus-visible){outline:3px solid var(--ink)!important;outline-offset:2px!important}
@media(max-width:32em){.acts{grid-template-columns:1fr 1fr}.acts button:last-child,::slotted([slot]:last-child){grid-column:1/3!important}}
`;

/** The first layer: a card at the foot of the page, a corner of it, or its middle. */
export const bannerCss = `
:host{position:fixed!important;inset:auto 0 0!important;z-index:2147483647!important;display:block!important;max-width:44em!important;margin:0 auto!important;padding:16px!important;pointer-events:none!important}
:host([data-position=corner]){max-width:30em!important;margin-inline:0!important}
:host([data-position=center]){inset-block-end:25vh!important}
.card{max-height:calc(100vh - 32px);pointer-events:auto}
::slotted(*){all:initial!important;font:15px/1.5 system-ui,sans-serif!important;color:inherit!important}
::slotted(p){display:block!important;margin-top:4px!important}
::slotted(h2){display:block!important;font:600 17px/1.8 system-ui,sans-serif!important;color:var(--ink)!important}
::slotted(:is(a,button:not([slot]))){display:inline-block!important;margin-inline-end:18px!important;padding:4px 0!important;color:var(--ink)!important;text-decoration:underline!important;cursor:pointer!important}
::slotted([aria-hidden]){position:absolute!important;inset:0 auto auto 0!important;opacity:0!important;pointer-events:none!important}
@media(max-width:32em){
:host{padding:0!important}
.card{gap:12px;max-height:80vh;padding:16px;border-end-start-radius:0;border-end-end-radius:0}
}
`;

/** The second layer. */
export const preferencesCss = `
dialog{width:min(44em,100vw - 24px);max-height:calc(100vh - 24px);margin:auto;color:inherit}
dialog:not([open]){display:none}
::backdrop{background:#0008}
header,.head{display:flex;align-items:center;justify-content:space-between;gap:12px;color:var(--ink)}
h2{font-size:17px}
h3{font-size:15px}
.close{min-width:44px;min-height:44px;margin:-12px;font-size:24px}
.note,section{margin-top:12px;padding:14px}
.note{border-inline-start:4px solid var(--accent);color:var(--ink)}
a,summary{color:var(--ink);cursor:pointer}
ul{padding:0;list-style:none}
li{padding:8px 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
li li{padding:0;border:0;font-size:13px}
input{flex:none;width:24px;height:24px;margin-inline-end:8px;accent-color:var(--accent)}
[role=switch]{appearance:none;width:44px;margin:0;padding:2px;border:2px solid;border-radius:12px;cursor:pointer}
[role=switch]:before{content:"";display:block;width:16px;height:16px;border-radius:8px;background:var(--soft)}
[role=switch]:checked{background:var(--accent)}
[role=switch]:checked:before{margin-inline-start:20px;background:var(--on)}
:disabled{opacity:.5}
@media(forced-colors:active){[role=switch]:before{background:CanvasText!important;forced-color-adjust:none}}
`;

/** The way back. */
export const backCss = `
:host{position:fixed!important;inset-block-end:12px!important;inset-inline-start:12px!important;z-index:2147483646!important}
button,a{display:inline-block;margin-inline-end:6px;padding:6px 14px;border:1px solid var(--line);border-radius:20px;background:var(--card);color:inherit;font-size:13px;text-decoration:none}
@media print{:host{display:none!important}}
`;

/** What stands in for a held frame. */
export const frameCss = `
:host{box-sizing:border-box!important;max-width:100%!important;overflow:hidden!important}
.frame{display:flex;flex-wrap:wrap;gap:10px;align-content:safe center;justify-content:center;height:100%;padding:16px;overflow:auto;text-align:center}
p{flex:0 0 100%;color:var(--soft)}
button{padding:8px 14px;border:1px solid;border-radius:var(--round);font-weight:600}
`;
