"""Pages on which agencies and programs are looked after. The agency's own page is in dashboards."""
