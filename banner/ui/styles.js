/**
 * Style the layers. A host, and what is slotted into it, are in the page's own tree, where only an inner `!important`
 * beats the page's CSS; nothing of the page reaches into the shadow root. Sides are logical, so that right-to-left
 * languages need no rules of their own; colors are the system's, so that dark mode and forced colors need none.
 */

/**
 * Shared by everything. `:focus-visible` is doubled to outweigh the rules that reset a button, so that the focus stays
 * visible.
 */
export const sharedCss = `:host{all:initial!important;color-scheme:light dark!important;color:var(--text)!important;font:14px/1.4 var(--font)!important}\
*{box-sizing:border-box;margin:0}\
:focus-visible:focus-visible,::slotted(:focus-visible:focus-visible){outline:3px solid var(--text)!important;outline-offset:2px!important}`;

/**
 * Shared by both layers, and not needed by the reopen button; the second layer has its buttons inside. A button is 44px
 * high with its padding and border. The last button of the first layer answers nothing, and is less prominent than the
 * others.
 */
export const layersCss = `.card{pointer-events:auto;display:flex;flex-direction:column;gap:16px;max-height:80vh;overflow:auto;padding:24px;background:var(--card);border:1px solid #8886;border-radius:var(--round);box-shadow:0 8px 40px #0003}\
.words{overflow:auto;min-height:4em;padding-bottom:8px;margin-bottom:-4px}\
.acts{display:grid;grid-template-columns:1fr 1fr auto;gap:4px 10px}\
::slotted([slot]){all:initial!important;min-height:26px!important;padding:8px!important;border:1px solid #8886!important;border-radius:var(--round)!important;background:var(--accent)!important;color:var(--on)!important;font:600 15px/1.5 var(--font)!important;text-align:center!important;cursor:pointer!important}\
::slotted([slot]:last-child){padding:4px 16px!important;border-color:#0000!important;background:none!important;color:inherit!important}\
@media(max-width:32em){:host{padding:0!important}.card{max-height:90vh;padding:14px 16px 4px;gap:8px}.acts{grid-template-columns:1fr 1fr;row-gap:2px}::slotted([slot]:last-child){grid-column:1/3!important}}`;

/**
 * The first layer: a card at the bottom of the page, unless the site's look says otherwise, above everything that a
 * page may put on top: browsers clamp a `z-index` that is too high. Without the rule for pseudo-elements, what pages
 * draw over their buttons (`button::after{position:absolute;inset:0}`) would cover all of it, since our buttons aren't
 * positioned.
 */
export const bannerCss = `:host{position:fixed!important;inset:auto 0 0!important;z-index:9999999999!important;max-width:42em!important;margin:auto!important;padding:16px!important;pointer-events:none!important}:host([up]){inset:0 0 auto!important}\
::slotted(*)::before,::slotted(*)::after{display:none!important}\
::slotted(*){all:initial!important;font:inherit!important;color:inherit!important}\
::slotted(:is(h2,p)){display:block!important;margin:10px 0 0!important}::slotted(b){font-weight:600!important}::slotted(h2){margin:0 0 8px!important;font:600 18px/1.2 var(--font)!important}\
::slotted(:is(a,button:not([slot]))){margin:-4px 0!important;padding:4px 0!important;text-decoration:underline!important;cursor:pointer!important}::slotted(a){margin-inline-end:12px!important}\
${layersCss}@media print{.card{display:none}}`;
