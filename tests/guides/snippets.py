"""What website owners put into their pages, as the vendors tell them."""

from string import Template

GOOGLE = """<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABC1234567"></script>
<script>
  window.dataLayer = window.dataLayer || [];
  function gtag(){dataLayer.push(arguments);}
  gtag('js', new Date());
  gtag('config', 'G-ABC1234567');
</script>"""
META = """<script>
!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.callMethod?
n.callMethod.apply(n,arguments):n.queue.push(arguments)};if(!f._fbq)f._fbq=n;
n.push=n;n.loaded=!0;n.version='2.0';n.queue=[];t=b.createElement(e);t.async=!0;
t.src=v;s=b.getElementsByTagName(e)[0];s.parentNode.insertBefore(t,s)}(window,
document,'script','https://connect.facebook.net/en_US/fbevents.js');
fbq('init', '1234567890123456');
fbq('track', 'PageView');
</script>"""
META_CODE = META.removeprefix("<script>").removesuffix("</script>")
HOTJAR_CODE = """(function(h,o,t,j,a,r){
h.hj=h.hj||function(){(h.hj.q=h.hj.q||[]).push(arguments)};
h._hjSettings={hjid:123456,hjsv:6};
a=o.getElementsByTagName('head')[0];
r=o.createElement('script');r.async=1;
r.src=t+h._hjSettings.hjid+j+h._hjSettings.hjsv;
a.appendChild(r);
})(window,document,'https://static.hotjar.com/c/hotjar-','.js?sv=');"""
HOTJAR = f"<script>{HOTJAR_CODE}</script>"
LIBRARY = '<script src="https://code.jquery.com/jquery-3.7.1.min.js"></script>\n<script>$(() => {})</script>'
FILM = '<iframe width="560" height="315" src="https://www.youtube-nocookie.com/embed/abc" title="Film"></iframe>'
START = 'function start() { console.info("ran start") }'
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
$head
<meta charset="utf-8">
<title>$title</title>
<link rel="icon" href="data:,">
$tags
</head>
<body $body>
<nav><a href="/">Home</a> <a href="$link">About</a></nav>
<main>$words</main>
<footer>$footer</footer>
</body>
</html>
""")
