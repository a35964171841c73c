/** Wraps the code of each stand-in, into which its address, its name for reports, and its code are inserted. */
(() => {
  const own = ADDRESS_HERE;
  /** Set a cookie as vendors do: on the widest domain that accepts it. */
  const cookie = name => {
    const parts = location.hostname.split(".");
    for (let at = parts.length - 2; at >= 0; at--) {
      document.cookie = `${name}=standin.1; path=/; max-age=31536000; domain=${parts.slice(at).join(".")}`;
      if (document.cookie.includes(`${name}=`)) return;
    }
  };
  const beacon = address => void navigator.sendBeacon(address, "standin");
  const image = address => void (new Image().src = address);
  const add = address => {
    const first = document.getElementsByTagName("script")[0];
    first.parentNode.insertBefore(Object.assign(document.createElement("script"), { async: true, src: address }), first);
  };
  const ran = window.__ran = window.__ran || [];
  // A framework that rebuilds the head runs its scripts again: as a copy, or detached in the meantime.
  if (ran.includes(TOLD_HERE) && [document.head, null].includes(document.currentScript?.parentNode)) (window.__copies = window.__copies || []).push(TOLD_HERE);
  ran.push(TOLD_HERE);
  void [cookie, beacon, image, add];
  CODE_HERE
})();
